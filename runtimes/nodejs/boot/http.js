'use strict';
// HTTPParser's JavaScript half: connections that are consumed without a stream between, and the lists for timeouts.

node.bind('http_parser', (binding) => {
  const constants = { ...binding.HTTPParser };

  class HTTPParser extends sys.HTTPParser {
    initialize(type, resource, maxHeaderSize = 0, lenient = 0, list = undefined) {
      this.setup(type, maxHeaderSize, lenient);
      this.list?.parsers.delete(this);
      this.list = list;
      list?.parsers.add(this);
    }
    remove() { this.list?.parsers.delete(this); }
    free() {}
    close() { this.remove(); }
    consume(handle) {
      handle.consumer = this;
      this.source = handle;
      node.attachExchange?.(this, handle);
    }
    unconsume() {
      sys.detachExchange(this);
      this.closePair = undefined;
      if (this.source) this.source.consumer = null;
      this.source = null;
    }
    onBytes(bytes, n) { // `this` is the parser: the handle's consumer
      const parsed = this.execute(bytes);
      this.current = bytes;
      this[constants.kOnExecute]?.(parsed);
      this.current = null;
    }
    getCurrentBuffer() { return this.current ? node.require('buffer').Buffer.from(this.current) : this.currentBytes(); }
    duration() { return this.timing()[0]; }
    headersCompleted() { return this.timing()[1]; }
  }
  for (const key of ['list', 'source', 'current', 'closePair'])
    Object.defineProperty(HTTPParser.prototype, key, {
      configurable: true,
      get: () => undefined,
      set(value) { Object.defineProperty(this, key, { value, writable: true, configurable: true }); },
    });

  class ConnectionsList {
    constructor() { Object.defineProperty(this, 'parsers', { value: new Set() }); }
    all() { return [...this.parsers]; }
    idle() { return this.all().filter((parser) => parser.timing()[0] === 0); }
    active() { return this.all().filter((parser) => parser.timing()[0] > 0); }
    expired(headersTimeout, requestTimeout) {
      const late = this.active().filter((parser) => {
        const [ms, haveHeaders] = parser.timing();
        return (!haveHeaders && headersTimeout > 0 && ms >= headersTimeout) || (requestTimeout > 0 && ms >= requestTimeout);
      });
      for (const parser of late) this.parsers.delete(parser);
      return late;
    }
  }

  binding.HTTPParser = Object.assign(HTTPParser, constants);
  binding.ConnectionsList = ConnectionsList;
});
