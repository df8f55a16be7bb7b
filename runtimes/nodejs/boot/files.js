'use strict';
// fs. Each operation is written once, as what it does at once; `bind` makes of it Node's three forms: synchronous,
// with a request (FSReqCallback), and as a promise (kUsePromises). The host's calls block, so the result of an
// asynchronous one is there already, and is only delivered later.

const { files } = sys;
const S_IFMT = 0o170000, S_IFDIR = 0o040000, S_IFREG = 0o100000;
const STAT_SIZE = 18;

class Failure {
  constructor(code, syscall, path, dest) {
    Object.assign(this, { code, syscall, path, dest });
  }
  toError() {
    const [name, message] = node.errorMap.get(this.code) ?? ['EIO', 'i/o error'];
    const show = (path) => (typeof path === 'string' ? path : node.require('buffer').Buffer.from(path).toString());
    let text = `${name}: ${message}, ${this.syscall}`;
    if (this.path !== undefined) text += ` '${show(this.path)}'`;
    if (this.dest !== undefined) text += ` -> '${show(this.dest)}'`;
    const error = Object.assign(new Error(text), { errno: this.code, code: name, syscall: this.syscall });
    if (this.path !== undefined) error.path = show(this.path);
    if (this.dest !== undefined) error.dest = show(this.dest);
    return error;
  }
}

// Throws a Failure for a negative result.
function check(result, syscall, path, dest) {
  if (typeof result === 'number' && result < 0) throw new Failure(result, syscall, path, dest);
  return result;
}

// Relative paths are taken from process.cwd(), which is ours.
function absolute(path) {
  if (typeof path !== 'string') {
    const text = sys.utf8Slice(path);
    return text[0] === '/' ? path : absolute(text);
  }
  if (path[0] === '/') return path;
  const cwd = node.process.cwd();
  return path === '' ? '' : cwd === '/' ? `/${path}` : `${cwd}/${path}`;
}

function named(bytes, encoding) {
  const { Buffer } = node.require('buffer');
  return encoding === 'buffer' ? Buffer.from(bytes) : Buffer.from(bytes).toString(encoding ?? 'utf8');
}

const scratch = new Float64Array(STAT_SIZE);

node.bind('fs', (binding) => {
  const { kUsePromises, statValues, bigintStatValues } = binding;

  function fillStats(useBigint, isFresh) {
    const target = useBigint ? (isFresh ? new BigInt64Array(36) : bigintStatValues) : isFresh ? new Float64Array(36) : statValues;
    for (let i = 0; i < STAT_SIZE; i++) target[i] = useBigint ? BigInt(Math.trunc(scratch[i])) : scratch[i];
    return target;
  }

  class FSReqCallback extends node.Resource {
    constructor(useBigint) {
      super();
      this.useBigint = useBigint;
    }
  }
  binding.FSReqCallback = FSReqCallback;

  // The operation's own parameters come before the request, `length` of them.
  function bind(name, length, operation) {
    binding[name] = function(...args) {
      const req = args[length];
      if (req === undefined) {
        try {
          return operation(args, false);
        } catch (error) {
          if (error instanceof Failure) throw error.toError();
          throw error;
        }
      }
      let failure, result;
      try {
        result = operation(args, true);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        failure = error.toError();
      }
      if (req === kUsePromises) {
        const frame = new node.Resource();
        return new Promise((resolve, reject) => node.loop.later(() =>
          frame.complete(() => (failure ? reject(failure) : resolve(result)))));
      }
      node.loop.later(() => {
        if (failure) req.complete(req.oncomplete, failure);
        else req.complete(req.oncomplete, null, result);
      });
      return undefined;
    };
  }

  const open = (path, flags, mode) => check(files.open(absolute(path), flags, mode), 'open', path);

  bind('access', 2, ([path, mode]) => { check(files.access(absolute(path), mode), 'access', path); });
  binding.existsSync = (path) => files.stat(absolute(path), true, scratch) >= 0;
  bind('open', 3, ([path, flags, mode]) => open(path, flags, mode));
  bind('openFileHandle', 3, ([path, flags, mode]) => new FileHandle(open(path, flags, mode)));
  bind('close', 1, ([fd]) => { check(files.close(fd), 'close'); });
  bind('read', 5, ([fd, buffer, offset, length, position]) =>
    check(files.read(fd, buffer, offset, length, Number(position ?? -1)), 'read'));
  bind('readBuffers', 3, ([fd, buffers, position]) => transferAll(files.read, 'read', fd, buffers, position));
  bind('writeBuffers', 3, ([fd, buffers, position]) => transferAll(files.write, 'write', fd, buffers, position));
  bind('fsync', 1, ([fd]) => { check(files.fsync(fd), 'fsync'); });
  bind('fdatasync', 1, ([fd]) => { check(files.fsync(fd), 'fdatasync'); });
  bind('rename', 2, ([from, to]) => { check(files.rename(absolute(from), absolute(to)), 'rename', from, to); });
  bind('link', 2, ([from, to]) => { check(files.link(absolute(from), absolute(to)), 'link', from, to); });
  bind('symlink', 3, ([target, path]) => { check(files.symlink(target, absolute(path)), 'symlink', target, path); });
  bind('ftruncate', 2, ([fd, size]) => { check(files.ftruncate(fd, size), 'ftruncate'); });
  bind('rmdir', 1, ([path]) => { check(files.rmdir(absolute(path)), 'rmdir', path); });
  bind('unlink', 1, ([path]) => { check(files.unlink(absolute(path)), 'unlink', path); });
  bind('readlink', 2, ([path, encoding]) => named(check(files.readlink(absolute(path)), 'readlink', path), encoding));
  bind('utimes', 3, ([path, a, m]) => { check(files.utimes(absolute(path), a, m, true), 'utime', path); });
  bind('lutimes', 3, ([path, a, m]) => { check(files.utimes(absolute(path), a, m, false), 'lutime', path); });
  bind('futimes', 3, ([fd, a, m]) => { check(files.utimes(fd, a, m, true), 'futime'); });
  // WASI has no rights and no owners: what is there may be asked for, a change is refused.
  for (const [name, length] of [['chmod', 2], ['fchmod', 2], ['chown', 3], ['fchown', 3], ['lchown', 3]])
    bind(name, length, ([target]) => { throw new Failure(-95, name, typeof target === 'number' ? undefined : target); });

  function transferAll(call, syscall, fd, buffers, position) {
    let total = 0;
    for (const buffer of buffers) {
      const at = typeof position === 'number' && position >= 0 ? position + total : -1;
      const n = check(call(fd, buffer, 0, buffer.byteLength, at), syscall);
      total += n;
      if (n < buffer.byteLength) break;
    }
    return total;
  }

  const writeOut = ([fd, buffer, offset, length, position]) =>
    check(files.write(fd, buffer, offset ?? 0, length ?? buffer.byteLength, position == null ? -1 : Number(position)), 'write');
  bind('writeBuffer', 5, writeOut);
  // The synchronous callers of these two give an object for the error behind the request.
  const writeBuffer = binding.writeBuffer;
  binding.writeBuffer = (fd, buffer, offset, length, position, req, context) =>
    withContext(context, () => writeBuffer(fd, buffer, offset, length, position, req));
  bind('writeString', 4, ([fd, text, position, encoding]) => {
    const bytes = node.require('buffer').Buffer.from(text, encoding ?? 'utf8');
    return writeOut([fd, bytes, 0, bytes.length, position]);
  });
  const writeString = binding.writeString;
  binding.writeString = (fd, text, position, encoding, req, context) =>
    withContext(context, () => writeString(fd, text, position, encoding, req));

  function withContext(context, call) {
    if (context === undefined) return call();
    try {
      return call();
    } catch (error) {
      context.errno = error.errno;
      context.code = error.code;
      return undefined;
    }
  }

  bind('writeFileUtf8', 4, ([path, text, flags, mode]) => {
    const fd = typeof path === 'number' ? path : open(path, flags, mode);
    try {
      const bytes = new Uint8Array(sys.encode(text, 1));
      for (let at = 0; at < bytes.length;) at += check(files.write(fd, bytes, at, bytes.length - at, -1), 'write');
    } finally {
      if (typeof path !== 'number') files.close(fd);
    }
  });
  binding.readFileUtf8 = (path, flags) => {
    const isOurs = typeof path !== 'number';
    let fd = path;
    try {
      if (isOurs) fd = open(path, flags, 0o666);
      const bytes = check(files.readAll(fd), 'read');
      return sys.utf8Slice(bytes);
    } catch (error) {
      throw error instanceof Failure ? error.toError() : error;
    } finally {
      if (isOurs && typeof fd === 'number') files.close(fd);
    }
  };

  function stat(path, follow, useBigint, syscall, throwIfNoEntry, isFresh) {
    const r = files.stat(absolute(path), follow, scratch);
    if (throwIfNoEntry === false && (r === -2 || r === -20)) return undefined;
    check(r, syscall, path);
    return fillStats(useBigint, isFresh);
  }
  binding.stat = makeStat(true, 'stat');
  binding.lstat = makeStat(false, 'lstat');
  function makeStat(follow, syscall) {
    const later = {};
    bind(syscall, 2, ([path, useBigint]) => stat(path, follow, useBigint, syscall, true, true));
    later.bound = binding[syscall];
    return function(path, useBigint, req, throwIfNoEntry) {
      if (req !== undefined) return later.bound(path, useBigint, req);
      try {
        return stat(path, follow, useBigint, syscall, throwIfNoEntry, false);
      } catch (error) {
        throw error instanceof Failure ? error.toError() : error;
      }
    };
  }
  bind('fstat', 2, ([fd, useBigint], isLater) => {
    check(files.fstat(fd, scratch), 'fstat');
    return fillStats(useBigint, isLater);
  });
  bind('statfs', 2, ([path, useBigint]) => {
    check(files.stat(absolute(path), true, scratch), 'statfs', path);
    const values = [0, 4096, 0, 0, 0, 0, 0, 4096];
    return useBigint ? BigInt64Array.from(values, BigInt) : Float64Array.from(values);
  });
  binding.internalModuleStat = (path) => {
    const r = files.stat(absolute(typeof path === 'string' ? path : arguments[1]), true, scratch);
    return r < 0 ? r : (scratch[1] & S_IFMT) === S_IFDIR ? 1 : 0;
  };
  binding.getFormatOfExtensionlessFile = (path) => {
    const head = new Uint8Array(4);
    const fd = files.open(absolute(path), 0, 0);
    if (fd < 0) return 0;
    files.read(fd, head, 0, 4, 0);
    files.close(fd);
    return head[0] === 0 && head[1] === 0x61 && head[2] === 0x73 && head[3] === 0x6d ? 1 : 0;
  };

  bind('readdir', 3, ([path, encoding, wantsTypes]) => {
    const [found, kinds] = check(files.readdir(absolute(path)), 'scandir', path);
    const names = found.map((bytes) => named(bytes, encoding));
    const order = names.map((_, i) => i).sort((a, b) => (String(names[a]) < String(names[b]) ? -1 : 1));
    const sorted = order.map((i) => names[i]);
    return wantsTypes ? [sorted, order.map((i) => kinds[i])] : sorted;
  });

  const isFolder = (path) => files.stat(path, true, scratch) >= 0 && (scratch[1] & S_IFMT) === S_IFDIR;
  bind('mkdir', 3, ([path, , isRecursive]) => {
    const full = absolute(path);
    if (!isRecursive) return void check(files.mkdir(full), 'mkdir', path);
    const missing = [];
    const { dirname } = node.require('path');
    let at = node.require('path').resolve(typeof full === 'string' ? full : sys.utf8Slice(full));
    for (; files.stat(at, true, scratch) < 0; at = dirname(at)) missing.unshift(at);
    if (!isFolder(at)) throw new Failure(missing.length ? -20 : -17, 'mkdir', path);
    for (const folder of missing) check(files.mkdir(folder), 'mkdir', path);
    return missing[0];
  });
  bind('mkdtemp', 2, ([prefix, encoding]) => {
    const bytes = new Uint8Array(6);
    const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
    for (let tries = 0; ; tries++) {
      sys.crypto.randomFill(bytes);
      const path = `${prefix}${Array.from(bytes, (b) => letters[b % letters.length]).join('')}`;
      const r = files.mkdir(absolute(path));
      if (r >= 0) return encoding === 'buffer' ? node.require('buffer').Buffer.from(path) : path;
      if (r !== -17 || tries === 100) check(r, 'mkdtemp', `${prefix}XXXXXX`);
    }
  });
  bind('realpath', 2, ([path, encoding]) => {
    const fs = node.require('fs');
    return node.require('buffer').Buffer.from(fs.realpathSync(typeof path === 'string' ? path : sys.utf8Slice(path)))
      .toString(encoding === 'buffer' ? undefined : encoding ?? 'utf8');
  });
  bind('copyFile', 3, ([from, to, mode]) => {
    const source = check(files.open(absolute(from), 0, 0), 'copyfile', from, to);
    try {
      const flags = 0o1 | 0o100 | 0o1000 | (mode & 1 ? 0o200 : 0);
      const target = check(files.open(absolute(to), flags, 0o666), 'copyfile', from, to);
      const chunk = new Uint8Array(65536);
      try {
        for (let n; (n = check(files.read(source, chunk, 0, chunk.length, -1), 'copyfile', from, to)) > 0;)
          for (let at = 0; at < n;) at += check(files.write(target, chunk, at, n - at, -1), 'copyfile', from, to);
      } finally {
        files.close(target);
      }
    } finally {
      files.close(source);
    }
  });

  function remove(path, isRecursive) {
    const r = files.stat(path, false, scratch);
    if (r === -2) return undefined; // Node has looked already, unless `force` is on
    check(r, 'rm', path);
    if ((scratch[1] & S_IFMT) !== S_IFDIR) return void check(files.unlink(path), 'rm', path);
    if (!isRecursive) throw new Failure(-21, 'rm', path);
    for (const bytes of check(files.readdir(path), 'rm', path)[0]) remove(`${path}/${named(bytes)}`, true);
    check(files.rmdir(path), 'rm', path);
  }
  binding.rmSync = (path, retries, isRecursive) => {
    try {
      remove(absolute(path), isRecursive);
    } catch (error) {
      throw error instanceof Failure ? error.toError() : error;
    }
  };
  // fs.cpSync(), as far as Node has it in C++.
  binding.cpSyncCheckPaths = (src, dest, dereference, isRecursive) => {
    const fs = node.require('fs');
    const { codes } = node.require('internal/errors');
    const from = dereference ? fs.statSync(src) : fs.lstatSync(src);
    const to = fs.statSync(dest, { throwIfNoEntry: false });
    const failure = (name, message, errno, code) => new codes[name]({ message, path: dest, syscall: 'cp', errno, code });
    if (to && from.ino === to.ino && from.dev === to.dev)
      throw failure('ERR_FS_CP_EINVAL', 'src and dest cannot be the same', 22, 'EINVAL');
    if (from.isDirectory() && !isRecursive)
      throw failure('ERR_FS_EISDIR', `Recursive option not enabled, cannot copy a directory: ${src}`, 21, 'EISDIR');
    if (from.isDirectory() && to && !to.isDirectory())
      throw failure('ERR_FS_CP_DIR_TO_NON_DIR', `Cannot overwrite non-directory ${dest} with directory ${src}`, 21, 'EISDIR');
    if (!from.isDirectory() && to?.isDirectory())
      throw failure('ERR_FS_CP_NON_DIR_TO_DIR', `Cannot overwrite directory ${dest} with non-directory ${src}`, 20, 'ENOTDIR');
    fs.mkdirSync(node.require('path').dirname(dest), { recursive: true });
  };
  binding.cpSyncOverrideFile = (src, dest, mode, keepsTimes) => {
    const fs = node.require('fs');
    fs.unlinkSync(dest);
    fs.copyFileSync(src, dest, mode);
    if (!keepsTimes) return;
    const { atime, mtime } = fs.statSync(src);
    fs.utimesSync(dest, atime, mtime);
  };
  binding.cpSyncCopyDir = (src, dest, force, dereference, errorOnExist, verbatimSymlinks, preserveTimestamps) => {
    const fs = node.require('fs');
    fs.mkdirSync(dest, { recursive: true });
    for (const name of fs.readdirSync(src))
      fs.cpSync(`${src}/${name}`, `${dest}/${name}`, { recursive: true, force, dereference, errorOnExist, verbatimSymlinks, preserveTimestamps });
  };
  // The number of the ending that makes a file of a package's "main", or of its index.
  binding.legacyMainResolve = (packagePath, main, base) => {
    const ends = ['', '.js', '.json', '.node', '/index.js', '/index.json', '/index.node'];
    const folder = packagePath.replace(/\/$/, '');
    const isFile = (path) => files.stat(path, true, scratch) >= 0 && (scratch[1] & S_IFMT) === S_IFREG;
    if (main) for (const [i, end] of ends.entries()) if (isFile(`${folder}/${main}${end}`)) return i;
    for (const [i, name] of ['index.js', 'index.json', 'index.node'].entries()) if (isFile(`${folder}/${name}`)) return 7 + i;
    const { ERR_MODULE_NOT_FOUND: E } = node.require('internal/errors').codes;
    throw new E(folder, base && node.require('internal/url').fileURLToPath(base), 'package');
  };

  class FileHandle extends node.Resource {
    constructor(fd) {
      super();
      this.fd = fd;
    }
    close() {
      const fd = this.fd;
      this.fd = -1;
      return binding.close(fd, kUsePromises);
    }
    closeSync() { this.releaseFD() >= 0; }
    releaseFD() {
      const fd = this.fd;
      this.fd = -1;
      return fd;
    }
    onread() {}
  }
  Object.defineProperty(FileHandle.prototype, 'isStreamBase', { value: false, writable: true });
  binding.FileHandle = FileHandle;
  binding.StatWatcher = class StatWatcher { start() { throw node.notImplemented('fs.watchFile'); } close() {} ref() {} unref() {} };
});

node.bind('fs_dir', (binding) => {
  const list = (path, encoding) => {
    const { readdir } = node.internalBinding('fs');
    return readdir(path, encoding, true);
  };
  class DirHandle {
    constructor(path, encoding) {
      this.entries = list(path, encoding);
      this.at = 0;
    }
    read(encoding, size, req) {
      const [names, kinds] = this.entries;
      const chunk = [];
      for (; this.at < names.length && chunk.length < size * 2; this.at++) chunk.push(names[this.at], kinds[this.at]);
      const result = chunk.length ? chunk : null;
      if (req === undefined) return result;
      node.loop.later(() => req.complete(req.oncomplete, null, result));
      return undefined;
    }
    close(req) {
      if (req !== undefined) node.loop.later(() => req.complete(req.oncomplete, null));
    }
  }
  const opened = (error) => Object.assign(error, {
    message: error.message.replace(/, scandir.*/, ', opendir'), syscall: 'opendir',
  });
  binding.DirHandle = DirHandle;
  binding.opendirSync = (path, encoding) => {
    try {
      return new DirHandle(path, encoding);
    } catch (error) {
      throw opened(error);
    }
  };
  binding.opendir = (path, encoding, req) => {
    let error = null, handle;
    try {
      handle = new DirHandle(path, encoding);
    } catch (caught) {
      error = opened(caught);
    }
    if (req === undefined) {
      if (error) throw error;
      return handle;
    }
    node.loop.later(() => req.complete(req.oncomplete, error, handle));
    return undefined;
  };
});
node.bind('fs_event_wrap', (binding) => {
  binding.FSEvent = class FSEvent {
    get initialized() { return false; }
    start() { return -38; } // ENOSYS: WASI tells of no changes
    close() {}
    ref() {}
    unref() {}
  };
});
