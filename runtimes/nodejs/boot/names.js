'use strict';
// dns: names are looked up by the host, which answers at once or not at all.

node.bind('cares_wrap', (binding) => {
  const { sockets } = sys;
  const ENOTFOUND = -3008, EAI_AGAIN = -3001;
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

  class Request extends node.Resource {}
  Object.assign(binding, {
    GetAddrInfoReqWrap: class GetAddrInfoReqWrap extends Request {},
    GetNameInfoReqWrap: class GetNameInfoReqWrap extends Request {},
    QueryReqWrap: class QueryReqWrap extends Request {},
    getaddrinfo(req, name, family, hints, order) {
      const found = sockets.lookup(name, family);
      let addresses = typeof found === 'number' ? null : [...new Set(found)];
      const isV6 = (address) => address.includes(':');
      if (addresses && order !== binding.DNS_ORDER_VERBATIM)
        addresses.sort((a, b) => (isV6(a) - isV6(b)) * (order === binding.DNS_ORDER_IPV4_FIRST ? 1 : -1));
      const code = addresses?.length ? null : ENOTFOUND;
      node.loop.later(() => req.complete(req.oncomplete, code, addresses ?? undefined));
      return 0;
    },
    getnameinfo(req) {
      node.loop.later(() => req.complete(req.oncomplete, ENOTFOUND));
      return 0;
    },
    canonicalizeIP(address) {
      const match = v4.exec(address);
      if (match) return match.slice(1).every((part) => part <= 255) ? match.slice(1).map(Number).join('.') : undefined;
      const components = new Uint32Array(9);
      const href = sys.url.parse(`http://[${address}]`, undefined, components);
      return href === undefined ? undefined : href.slice(8, -2);
    },
    convertIpv6StringToBuffer(address) {
      const plain = binding.canonicalizeIP(address.split('%')[0]);
      if (plain === undefined) return undefined;
      const [left, right] = plain.split('::').map((part) => (part ? part.split(':') : []));
      const groups = right ? [...left, ...Array(8 - left.length - right.length).fill('0'), ...right] : left;
      return Uint8Array.from(groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]));
    },
    strerror: (code) => ({ [ENOTFOUND]: 'unknown node or service', [EAI_AGAIN]: 'temporary failure' })[code] ??
      node.errorMap.get(code)?.[1] ?? `Unknown error ${code}`,
    ChannelWrap: class ChannelWrap extends Request {
      getServers() { return []; }
      setServers() { return 0; }
      setLocalAddress() {}
      cancel() {}
    },
  });
  // Addresses come as lookup()'s do, without their time to live. The host answers no other question.
  const query = (answer) => function(req, name) {
    const found = answer(name);
    const ends = typeof found === 'string' ? [found] : [null, found, found.map(() => 0)];
    node.loop.later(() => req.complete(() => req.oncomplete(...ends)));
    return 0;
  };
  const addresses = (family) => (name) => {
    const found = sockets.lookup(name, family);
    return typeof found === 'number' || found.length === 0 ? 'ENOTFOUND' : [...new Set(found)];
  };
  const prototype = binding.ChannelWrap.prototype;
  prototype.queryA = query(addresses(4));
  prototype.queryAaaa = query(addresses(6));
  for (const name of ['getHostByAddr', 'queryAny', 'queryCaa', 'queryCname', 'queryMx', 'queryNaptr', 'queryNs', 'queryPtr',
                      'querySrv', 'querySoa', 'queryTlsa', 'queryTxt'])
    prototype[name] = query(() => 'ENOTIMP');
});

node.bind('block_list', (binding) => {
  class SocketAddress {
    constructor(address, port, family, flow) { Object.assign(this, { address, port, family, flow }); }
    detail(target) { return Object.assign(target, { address: this.address, port: this.port, family: this.family, flowlabel: this.flow }); }
    flowlabel() { return this.flow; }
  }
  const number = (address) => address.address.split('.').reduce((n, part) => n * 256 + Number(part), 0);
  binding.SocketAddress = SocketAddress;
  binding.BlockList = class BlockList {
    constructor() { this.rules = []; }
    add(rule) { this.rules.push(rule); }
    addAddress(a) { this.add((b) => a.family === b.family && a.address === b.address); }
    addRange(from, to) { this.add((b) => b.family === from.family && number(b) >= number(from) && number(b) <= number(to)); }
    addSubnet(net, prefix) {
      const size = 2 ** (32 - prefix);
      this.add((b) => b.family === net.family && Math.floor(number(b) / size) === Math.floor(number(net) / size));
    }
    check(address) { return this.rules.some((rule) => rule(address)); }
    checkString(text, family) { return this.check({ address: text, family }); }
    getRules() { return []; }
  };
});
