/* Copies what toml++ parsed into plain C structures. No exception leaves this file.
 *
 * toml++ bounds the depth of arrays and inline tables, but not that of dotted keys, and frees
 * nested tables by recursion: 100 KB of "a.a.a." overflow the stack. Each level needs a dot, so
 * their number is bounded before it sees the text.
 */
#include <stdexcept>
#include <string.h>

/* toml++ 3.3 asserts that a table's header begins with a key, which is the document's business ("[["
 * and a line's end, upstream pull request 301); what follows there reports it well. Any other broken
 * assertion is its own mistake, and ends the parsing, not the program. */
static void toml_broken(const char *assertion)
{
	if (!strstr(assertion, "is_bare_key_character(*cp) ||"))
		throw std::logic_error("the TOML parser is confused");
}
#define TOML_ASSERT(expr) ((expr) ? void() : toml_broken(#expr))

#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <errno.h>
#include <exception>
#include <memory>
#include <stdlib.h>
#include <unistd.h>

/* Ours are C headers; what they include of the system is included above already. */
extern "C" {
#include "config/toml.h"

#include "base/alloc.h"
#include "base/log.h"
}

static_assert(TOML_TYPE_COUNT == 7, "every type has its name");
static const char *const type_names[TOML_TYPE_COUNT] = {
	"a table", "an array", "a string", "a boolean", "an integer", "a float", "a date or time",
};

const char *toml_type_name(enum toml_type type)
{
	return type_names[type];
}

static toml_place place_of(const toml::source_region &region)
{
	return { region.begin.line, region.begin.column };
}

static toml_type type_of(const toml::node &node)
{
	switch (node.type()) {
	case toml::node_type::table:
		return TOML_TABLE;
	case toml::node_type::array:
		return TOML_ARRAY;
	case toml::node_type::string:
		return TOML_STRING;
	case toml::node_type::boolean:
		return TOML_BOOLEAN;
	case toml::node_type::integer:
		return TOML_INTEGER;
	case toml::node_type::floating_point:
		return TOML_FLOAT;
	default:
		return TOML_DATE_TIME;
	}
}

/* A C string cannot hold it, and a cut key could be taken for another one. */
struct nul_error : std::exception {
	toml_place at;

	explicit nul_error(toml_place where) : at(where)
	{
	}
};

static char *copy_string(std::string_view text, toml_place at)
{
	if (text.find('\0') != text.npos)
		throw nul_error(at);
	return xstrndup(text.data(), text.size());
}

static toml_value *alloc_children(size_t n)
{
	return static_cast<toml_value *>(xalloc(n * sizeof(toml_value)));
}

static void copy_node(const toml::node &node, unsigned depth, toml_value *out);

static void copy_table(const toml::table &table, unsigned depth, toml_value *out)
{
	out->children = alloc_children(table.size());
	for (auto &&[key, node] : table) {
		toml_value *child = &out->children[out->n_children++];

		copy_node(node, depth + 1, child);
		child->key_place = place_of(key.source());
		child->key = copy_string(key.str(), child->key_place);
	}
	/* toml++ sorts by name; the first error to report is the first in the file. */
	std::sort(out->children, out->children + out->n_children,
		  [](const toml_value &a, const toml_value &b) {
			  return a.key_place.line != b.key_place.line
					 ? a.key_place.line < b.key_place.line
					 : a.key_place.column < b.key_place.column;
		  });
}

static void copy_array(const toml::array &array, unsigned depth, toml_value *out)
{
	out->children = alloc_children(array.size());
	for (auto &&node : array)
		copy_node(node, depth + 1, &out->children[out->n_children++]);
}

static void copy_node(const toml::node &node, unsigned depth, toml_value *out)
{
	out->type = type_of(node);
	out->place = place_of(node.source());
	out->key_place = out->place;
	if (depth > TOML_DEPTH_MAX)
		return;
	if (auto table = node.as_table())
		copy_table(*table, depth, out);
	else if (auto array = node.as_array())
		copy_array(*array, depth, out);
	else if (auto string = node.as_string())
		out->string = copy_string(string->get(), out->place);
	else if (auto boolean = node.as_boolean())
		out->boolean = boolean->get();
}

static int parse_error(const toml::parse_error &error, struct err *e)
{
	toml_place at = place_of(error.source());
	std::string_view what = error.description();
	char shown[256];

	/* Its words quote the document. */
	log_escape(shown, sizeof shown, what.data(), what.size());
	return err_set(e, 0, "%u:%u: %s", at.line, at.column, shown);
}

int toml_parse(const char *text, size_t len, struct toml_value **ret, struct err *e)
{
	if (std::count(text, text + len, '.') > TOML_DOTS_MAX)
		return err_set(e, 0, "1:1: more than %d dots in a configuration file",
			       TOML_DOTS_MAX);
	try {
		toml::table table = toml::parse(std::string_view(text, len), std::string_view());
		std::unique_ptr<toml_value, decltype(&toml_free)> root(alloc_children(1),
								       toml_free);

		copy_node(table, 0, root.get());
		*ret = root.release();
		return 0;
	} catch (const toml::parse_error &error) {
		return parse_error(error, e);
	} catch (const nul_error &error) {
		return err_set(e, 0, "%u:%u: a string must not contain the character NUL",
			       error.at.line, error.at.column);
	} catch (const std::exception &error) {
		return err_set(e, 0, "1:1: %s", error.what());
	}
}

static void deinit_value(toml_value *value)
{
	for (size_t i = 0; i < value->n_children; i++)
		deinit_value(&value->children[i]);
	free(value->children);
	free(value->string);
	free(value->key);
}

struct toml_value *toml_free(struct toml_value *root)
{
	if (root)
		deinit_value(root);
	free(root);
	return nullptr;
}
