'use strict';
node.bind('url', (binding) => {
  const { urlComponents } = binding;
  const { url } = sys;
  const invalid = (input, base) => {
    const { ERR_INVALID_URL: E } = node.require('internal/errors').codes;
    return new E(input, base);
  };
  Object.assign(binding, {
    domainToASCII: (domain) => url.domainToASCII(domain),
    domainToUnicode: (domain) => url.domainToUnicode(url.domainToASCII(domain)),
    canParse: (input, base) => url.canParse(input.toWellFormed(), base?.toWellFormed()),
    parse(input, base, raises) {
      const href = url.parse(input.toWellFormed(), base?.toWellFormed(), urlComponents);
      if (href === undefined && raises) throw invalid(input, base);
      return href;
    },
    update: (href, part, value) => url.update(href, part, value.toWellFormed(), urlComponents),
    pathToFileURL(path, isWindows, base) {
      const escaped = path.replace(/[%\\\n\r\t?#]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
      return url.parse(`file://${escaped.toWellFormed()}`, undefined, urlComponents);
    },
    format(href, hasHash, isUnicode, hasSearch, hasAuth) {
      const parsed = new URL(href);
      if (!hasHash) parsed.hash = '';
      if (!hasSearch) parsed.search = '';
      if (!hasAuth) parsed.username = parsed.password = '';
      if (!isUnicode || !parsed.hostname) return parsed.href;
      return parsed.href.replace(parsed.hostname, url.domainToUnicode(parsed.hostname));
    },
    getOrigin(href) { return new URL(href).origin; },
  });
});
