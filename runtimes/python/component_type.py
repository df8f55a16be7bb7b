"""The section of a WebAssembly library that says which functions of the component model it imports.

wit-component, which links the library, takes from it how the imports are lowered. It is usually written by
wit-bindgen; this does so for the part of WIT that wit/deps/net.wit consists of: one interface of functions on numbers,
strings, lists and tuples. The section's content is a component that exports the type of a world (wit-component's
metadata.rs); the bytes are explained in Binary.md of the component model.
"""
import re

PRIMITIVES = {"u8": 0x7D, "s32": 0x7A, "u32": 0x79, "s64": 0x78, "string": 0x73}
COMPONENT, INSTANCE, FUNCTION, LIST, TUPLE = b"\x41", b"\x42", b"\x40", b"\x70", b"\x6f"
TYPE, IMPORT, EXPORT = b"\x01", b"\x03", b"\x04"  # declarations
IS_FUNCTION, IS_COMPONENT, IS_INSTANCE = b"\x01", b"\x04", b"\x05"
TYPE_SECTION, EXPORT_SECTION = 7, 11
HEADER = b"\0asm\x0d\0\x01\0"


def number(n):
    """LEB128, signed and unsigned alike."""
    return bytes([n]) if n < 0x40 else bytes([n & 0x7F | 0x80]) + number(n >> 7)


def name(text):
    return number(len(text)) + text.encode()


def vector(items):
    return number(len(items)) + b"".join(items)


def section(kind, content):
    return bytes([kind]) + number(len(content)) + content


def custom_section(title, content):
    return section(0, name(title) + content)


def split(types):
    """At the commas that are not in <>."""
    return [word.strip() for word in re.split(r",(?![^<]*>)", types) if word.strip()]


class Interface:
    """The type of an instance, built from the functions of an interface."""

    def __init__(self):
        self.declarations = []
        self.types = {}

    def type(self, encoded):
        """The number of a type that is declared once."""
        if encoded not in self.types:
            self.types[encoded] = number(len(self.types))
            self.declarations.append(TYPE + encoded)
        return self.types[encoded]

    def value(self, word):
        if word in PRIMITIVES:
            return bytes([PRIMITIVES[word]])
        kind, _, inner = word.removesuffix(">").partition("<")
        if kind == "list":
            return self.type(LIST + self.value(inner))
        if kind == "tuple":
            return self.type(TUPLE + vector([self.value(each) for each in split(inner)]))
        raise ValueError(f"'{word}' is not a type that is known here")

    def add(self, title, parameters, result):
        pairs = (parameter.split(":") for parameter in split(parameters))
        encoded = vector([name(label.strip()) + self.value(word.strip()) for label, word in pairs])
        function = self.type(FUNCTION + encoded + b"\0" + self.value(result))
        self.declarations.append(EXPORT + b"\0" + name(title) + IS_FUNCTION + function)


def of(wit):
    """The section for a library that may import all functions of the interface in this text."""
    wit = re.sub(r"//.*", "", wit)
    package, version = re.search(r"package ([\w:-]+)@([\d.]+);", wit).groups()
    title, = re.findall(r"interface ([\w-]+)", wit)
    interface = Interface()
    for words in re.findall(r"([\w-]+): func\((.*?)\) -> (.*?);", wit):
        interface.add(*words)
    world = COMPONENT + vector([
        TYPE + INSTANCE + vector(interface.declarations),
        IMPORT + b"\0" + name(f"{package}/{title}@{version}") + IS_INSTANCE + number(0)])
    types = COMPONENT + vector([
        TYPE + world,
        EXPORT + b"\0" + name("wasmrun:python/calls") + IS_COMPONENT + number(0)])
    component = (HEADER
                 + custom_section("wit-component-encoding", b"\x04\0")  # the format's version; UTF-8
                 + section(TYPE_SECTION, vector([types]))
                 + section(EXPORT_SECTION, vector([b"\0" + name("calls") + b"\x03" + number(0) + b"\0"])))
    return custom_section("component-type:calls", component)
