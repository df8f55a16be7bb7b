'use strict';
// Numbers, dates and lists as en-US has them, which is the only locale: as much of Intl as programs use without knowing it.
// The only time zone is the guest's, UTC.

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const CURRENCIES = { USD: '$', EUR: '€', GBP: '£', JPY: '¥', INR: '₹', CNY: 'CN¥', KRW: '₩', CAD: 'CA$', AUD: 'A$', MXN: 'MX$', BRL: 'R$' };
const COMPACT = [[12, 'T', 'trillion'], [9, 'B', 'billion'], [6, 'M', 'million'], [3, 'K', 'thousand']];
const UTC_NAMES = /^(etc\/)?(utc|gmt|uct|zulu|universal|greenwich)$/i;

class Format {
  constructor(locales, options = {}) { Object.defineProperty(this, 'options', { value: { ...options } }); }
  static supportedLocalesOf(locales) { return [].concat(locales ?? []).filter((locale) => /^en/.test(locale)); }
  resolvedOptions() { return { locale: 'en-US', numberingSystem: 'latn', ...this.options }; }
  format(value) { return this.formatToParts(value).map((part) => part.value).join(''); }
}

// `format` may be passed on alone, as a function.
const bindFormat = (Class) => Object.defineProperty(Class.prototype, 'format', {
  configurable: true, get() { return (value) => Format.prototype.format.call(this, value); },
});

// A number that is not negative, as decimal digits: 0.DIGITS times ten to the power of `point`.
function decimalOf(number) {
  if (typeof number === 'bigint') return { digits: `${number}`, point: `${number}`.length };
  const [digits, exponent] = number.toExponential().split('e');
  return { digits: digits.replace('.', ''), point: Number(exponent) + 1 };
}

// Half of the last place is rounded up, as ICU does, and not by what the binary number is a little below or above.
function rounded({ digits, point }, places) {
  const kept = point + places;
  if (kept >= digits.length) return { digits, point };
  if (kept < 0) return { digits: '0', point: 1 };
  const head = `1${digits.slice(0, kept)}`;
  const text = digits[kept] >= '5' ? `${BigInt(head) + 1n}` : head;
  return text[0] === '2' ? { digits: `1${text.slice(1)}`, point: point + 1 } : { digits: text.slice(1), point };
}

function inRange(options, name, least, most, usual) {
  const value = options[name];
  if (value === undefined) return usual;
  if (!(value >= least && value <= most)) throw new RangeError(`${name} value is out of range.`);
  return Math.floor(value);
}

class NumberFormat extends Format {
  constructor(locales, options) {
    super(locales, options);
    const { style = 'decimal', currency, notation } = this.options;
    if (style === 'currency' && !currency) throw new TypeError('Currency code is required with currency style.');
    const usual = style === 'currency' ? (/^(JPY|KRW)$/i.test(currency) ? [0, 0] : [2, 2]) : [0, style === 'percent' ? 0 : 3];
    const chosen = inRange(this.options, 'maximumFractionDigits', 0, 100);
    const least = inRange(this.options, 'minimumFractionDigits', 0, 100, Math.min(usual[0], chosen ?? usual[0]));
    if (chosen < least) throw new RangeError('maximumFractionDigits value is out of range.');
    inRange(this.options, 'maximumSignificantDigits', 1, 21);
    Object.assign(this.options, { style, minimumFractionDigits: least, maximumFractionDigits: chosen ?? Math.max(usual[1], least) });
    Object.defineProperty(this, 'isShort', { value: notation === 'compact' && chosen === undefined });
  }

  places({ point }) {
    const { maximumSignificantDigits: significant, maximumFractionDigits: most } = this.options;
    if (significant) return significant - point;
    return this.isShort ? Math.max(0, 2 - point) : most;
  }

  // The digits before and after the point, and what stands for the thousands that are left out.
  digits(number) {
    const { style, notation, minimumFractionDigits: least, minimumIntegerDigits = 1, maximumSignificantDigits } = this.options;
    const isZero = Number(number) === 0;
    let decimal = decimalOf(number), unit;
    if (style === 'percent' && !isZero) decimal.point += 2;
    if (notation === 'compact') {
      const nearly = this.isShort ? 0.9995 : 1 - 0.0005 / 10 ** this.options.maximumFractionDigits;
      unit = COMPACT.find(([power]) => number >= 10 ** power * nearly);
      if (unit) decimal.point -= unit[0];
    }
    const { digits, point } = decimal = rounded(decimal, this.places(decimal));
    const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
    const fraction = point >= 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
    const isLoose = this.isShort || maximumSignificantDigits;
    return { whole: whole.padStart(minimumIntegerDigits, '0'), fraction: fraction.replace(/0+$/, '').padEnd(isLoose ? 0 : least, '0'), unit };
  }

  sign(isNegative, isZero) {
    const { signDisplay = 'auto' } = this.options;
    if (signDisplay === 'never' || (isZero && signDisplay === 'exceptZero')) return [];
    if (isNegative) return isZero && signDisplay === 'negative' ? [] : [['minusSign', '-']];
    return signDisplay === 'always' || signDisplay === 'exceptZero' ? [['plusSign', '+']] : [];
  }

  currency(isFinite) {
    const { style, currency, currencyDisplay } = this.options;
    if (style !== 'currency' || currencyDisplay === 'name') return [];
    const code = currency.toUpperCase();
    const symbol = currencyDisplay === 'code' ? code : CURRENCIES[code] ?? code;
    return [['currency', symbol], ...(symbol === code && isFinite ? [['literal', '\xA0']] : [])];
  }

  magnitude(size) {
    if (size === Infinity) return [['infinity', '∞']];
    const { whole, fraction, unit } = this.digits(size);
    const { useGrouping = true, notation, compactDisplay } = this.options;
    const isGrouped = useGrouping !== false && useGrouping !== 'false' && !(notation === 'compact' && whole.length < 5);
    const groups = isGrouped ? whole.replace(/\B(?=(\d{3})+$)/g, ',').split(',') : [whole];
    const parts = groups.flatMap((group) => [['group', ','], ['integer', group]]).slice(1);
    if (fraction) parts.push(['decimal', '.'], ['fraction', fraction]);
    if (unit && compactDisplay === 'long') parts.push(['literal', ' '], ['compact', unit[2]]);
    else if (unit) parts.push(['compact', unit[1]]);
    return parts;
  }

  suffix() {
    const { style, currency, currencyDisplay, unit } = this.options;
    if (style === 'percent') return [['percentSign', '%']];
    if (style === 'unit') return [['literal', ' '], ['unit', unit]];
    return style === 'currency' && currencyDisplay === 'name' ? [['literal', ' '], ['currency', currency]] : [];
  }

  formatToParts(value) {
    const number = typeof value === 'bigint' ? value : Number(value);
    const isNaN = Number.isNaN(number), isNegative = number < 0 || Object.is(number, -0);
    const size = isNegative ? -number : number;
    const parts = [...this.sign(isNegative, isNaN || Number(size) === 0), ...this.currency(!isNaN && size !== Infinity),
                   ...(isNaN ? [['nan', 'NaN']] : this.magnitude(size)), ...this.suffix()];
    return parts.map(([type, text]) => ({ type, value: text }));
  }
}
bindFormat(NumberFormat);

const STYLES = {
  date: {
    full: { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }, long: { year: 'numeric', month: 'long', day: 'numeric' },
    medium: { year: 'numeric', month: 'short', day: 'numeric' }, short: { year: '2-digit', month: 'numeric', day: 'numeric' },
  },
  time: {
    full: { hour: 'numeric', minute: '2-digit', second: '2-digit', timeZoneName: 'long' },
    long: { hour: 'numeric', minute: '2-digit', second: '2-digit', timeZoneName: 'short' },
    medium: { hour: 'numeric', minute: '2-digit', second: '2-digit' }, short: { hour: 'numeric', minute: '2-digit' },
  },
};
const DATE = { year: 'numeric', month: 'numeric', day: 'numeric' };
const DATE_FIELDS = ['weekday', 'year', 'month', 'day'], TIME_FIELDS = ['hour', 'minute', 'second', 'fractionalSecondDigits'];

const named = (names, index, style) => (style === 'long' ? names[index] : names[index].slice(0, style === 'narrow' ? 1 : 3));
const padded = (number, style) => (style === '2-digit' ? String(number % 100).padStart(2, '0') : String(number));

// `usual` is what is shown if the options ask for nothing: { date, time }, of which toLocaleTimeString has the second.
function resolveFields(options, usual) {
  const { dateStyle, timeStyle } = options;
  if (dateStyle !== undefined || timeStyle !== undefined) {
    for (const [style, all] of [[dateStyle, STYLES.date], [timeStyle, STYLES.time]])
      if (style !== undefined && !(style in all)) throw new RangeError(`Value ${style} out of range for Intl.DateTimeFormat options property`);
    return { ...STYLES.date[dateStyle], ...STYLES.time[timeStyle] };
  }
  const fields = {};
  for (const name of [...DATE_FIELDS, ...TIME_FIELDS, 'timeZoneName']) if (options[name] !== undefined) fields[name] = options[name];
  const asks = (names) => names.some((name) => fields[name] !== undefined);
  if (usual.needsDate ? !asks(DATE_FIELDS) : usual.needsTime ? !asks(TIME_FIELDS) : !asks([...DATE_FIELDS, ...TIME_FIELDS])) {
    if (usual.date) Object.assign(fields, DATE);
    if (usual.time) Object.assign(fields, STYLES.time.medium);
  }
  return fields;
}

class DateTimeFormat extends Format {
  constructor(locales, options, usual = { date: true }) {
    super(locales, options);
    const { timeZone = 'UTC', hour12, hourCycle } = this.options;
    if (!UTC_NAMES.test(timeZone)) throw new RangeError(`Invalid time zone specified: ${timeZone}`);
    const cycle = hour12 === undefined ? hourCycle ?? 'h12' : hour12 ? 'h12' : 'h23';
    Object.defineProperty(this, 'fields', { value: resolveFields(this.options, usual) });
    Object.defineProperty(this, 'cycle', { value: cycle });
  }

  dateParts(d) {
    const { weekday, year, month, day } = this.fields;
    const of = {
      weekday: weekday && named(DAYS, d.getUTCDay(), weekday),
      year: year && padded(d.getUTCFullYear(), year),
      month: month && (/digit|numeric/.test(month) ? padded(d.getUTCMonth() + 1, month) : named(MONTHS, d.getUTCMonth(), month)),
      day: day && padded(d.getUTCDate(), day),
    };
    const isNumeric = !month || /digit|numeric/.test(month);
    const order = month || year ? ['month', 'day', 'year'] : ['day'];
    const parts = [];
    for (const type of order) {
      if (!of[type]) continue;
      if (parts.length > 0) parts.push({ type: 'literal', value: isNumeric ? '/' : type === 'year' && day ? ', ' : ' ' });
      parts.push({ type, value: of[type] });
    }
    if (!weekday) return parts;
    const name = { type: 'weekday', value: of.weekday };
    if (parts.length === 0) return [name];
    return month || year ? [name, { type: 'literal', value: ', ' }, ...parts] : [...parts, { type: 'literal', value: ' ' }, name];
  }

  timeParts(d) {
    const { hour, minute, second, fractionalSecondDigits } = this.fields;
    const parts = [];
    const add = (separator, type, value) => {
      if (parts.length > 0) parts.push({ type: 'literal', value: separator });
      parts.push({ type, value });
    };
    const is12 = this.cycle === 'h12' || this.cycle === 'h11';
    if (hour) {
      const h = d.getUTCHours();
      const shown = { h12: h % 12 || 12, h11: h % 12, h23: h, h24: h || 24 }[this.cycle];
      add('', 'hour', padded(shown, is12 ? hour : '2-digit'));
    }
    if (minute) add(':', 'minute', padded(d.getUTCMinutes(), hour || second ? '2-digit' : 'numeric'));
    if (second) add(':', 'second', padded(d.getUTCSeconds(), minute ? '2-digit' : 'numeric'));
    if (fractionalSecondDigits)
      add('.', 'fractionalSecond', String(d.getUTCMilliseconds()).padStart(3, '0').slice(0, fractionalSecondDigits));
    if (hour && is12) add(' ', 'dayPeriod', d.getUTCHours() < 12 ? 'AM' : 'PM');
    return parts;
  }

  formatToParts(value = Date.now()) {
    const d = new Date(value);
    if (Number.isNaN(d.getTime())) throw new RangeError('Invalid time value');
    const { weekday, month, day, year, timeZoneName } = this.fields;
    const date = this.dateParts(d), time = this.timeParts(d);
    const parts = [...date];
    if (date.length > 0 && time.length > 0) {
      const isOnlyWeekday = weekday && !month && !day && !year;
      parts.push({ type: 'literal', value: isOnlyWeekday ? ' ' : month === 'long' ? ' at ' : ', ' });
    }
    parts.push(...time);
    if (timeZoneName) {
      if (parts.length > 0) parts.push({ type: 'literal', value: time.length > 0 ? ' ' : ', ' });
      parts.push({ type: 'timeZoneName', value: timeZoneName === 'long' ? 'Coordinated Universal Time' : 'UTC' });
    }
    return parts;
  }

  formatRange(from, to) { return `${this.format(from)} – ${this.format(to)}`; }

  resolvedOptions() {
    const { dateStyle, timeStyle } = this.options;
    const hours = this.fields.hour && { hourCycle: this.cycle, hour12: this.cycle === 'h12' || this.cycle === 'h11' };
    const shown = dateStyle || timeStyle ? { dateStyle, timeStyle } : this.fields;
    return { locale: 'en-US', calendar: 'gregory', numberingSystem: 'latn', timeZone: 'UTC', ...hours, ...shown };
  }
}
bindFormat(DateTimeFormat);

class Collator extends Format {
  get compare() { return (a, b) => String(a).localeCompare(String(b)); }
}

class PluralRules extends Format {
  select(number) {
    if (this.options.type !== 'ordinal') return number === 1 ? 'one' : 'other';
    if (number % 100 >= 11 && number % 100 <= 13) return 'other';
    return ['other', 'one', 'two', 'few'][number % 10] ?? 'other';
  }
}

class ListFormat extends Format {
  format(list) {
    const word = this.options.type === 'disjunction' ? 'or' : 'and';
    const all = [...list];
    if (all.length < 3) return all.join(` ${word} `);
    return `${all.slice(0, -1).join(', ')}, ${word} ${all.at(-1)}`;
  }
}

const NEAR = { day: { '-1': 'yesterday', 0: 'today', 1: 'tomorrow' } };
for (const unit of ['second', 'minute', 'hour', 'week', 'month', 'quarter', 'year'])
  NEAR[unit] = { '-1': `last ${unit}`, 0: `this ${unit}`, 1: `next ${unit}` };
NEAR.second = { 0: 'now' };
NEAR.minute = { 0: 'this minute' };
NEAR.hour = { 0: 'this hour' };

class RelativeTimeFormat extends Format {
  format(value, unit) {
    const single = String(unit).replace(/s$/, '');
    if (!(single in NEAR)) throw new RangeError(`Invalid unit argument for Intl.RelativeTimeFormat.prototype.format() '${unit}'`);
    const number = Number(value);
    if (this.options.numeric === 'auto' && NEAR[single][number]) return NEAR[single][number];
    const size = Math.abs(number), isPast = number < 0 || Object.is(number, -0);
    const text = `${new NumberFormat().format(size)} ${single}${size === 1 ? '' : 's'}`;
    return isPast ? `${text} ago` : `in ${text}`;
  }
}

// Graphemes nearly as Unicode has them: a character with its marks, joined ones, flags. Words end at what is no letter.
const GRAPHEME = /\r\n|\p{RI}\p{RI}|\P{M}[\p{M}\u{1F3FB}-\u{1F3FF}]*(?:\u200D\P{M}[\p{M}\u{1F3FB}-\u{1F3FF}]*)*|\p{M}+/gu;
const WORD = /[\p{L}\p{N}\p{M}_']+|[^\p{L}\p{N}\p{M}_']/gu;
class Segmenter extends Format {
  segment(input) {
    const text = String(input);
    const isWord = this.options.granularity === 'word';
    return {
      * [Symbol.iterator]() {
        for (const { 0: segment, index } of text.matchAll(isWord ? WORD : GRAPHEME))
          yield { segment, index, input: text, ...(isWord && { isWordLike: /[\p{L}\p{N}]/u.test(segment) }) };
      },
    };
  }
}

const Intl = { Segmenter, NumberFormat, DateTimeFormat, Collator, PluralRules, ListFormat, RelativeTimeFormat,
               getCanonicalLocales: (locales) => [].concat(locales ?? []), supportedValuesOf: () => [] };
for (const name of ['NumberFormat', 'DateTimeFormat', 'Collator']) { // these may be called without new
  const Class = Intl[name];
  Intl[name] = new Proxy(Class, { apply: (target, self, args) => new Class(...args) });
}
Object.defineProperty(Intl, Symbol.toStringTag, { value: 'Intl', configurable: true });
Object.defineProperty(globalThis, 'Intl', { value: Intl, writable: true, configurable: true });

const replace = (prototype, name, method) => { prototype[name] = { [name](...args) { return method(this, ...args); } }[name]; };
for (const { prototype } of [Number, BigInt])
  replace(prototype, 'toLocaleString', (self, locales, options) => new NumberFormat(locales, options).format(self.valueOf()));
const usual = {
  toLocaleString: { date: true, time: true },
  toLocaleDateString: { date: true, needsDate: true },
  toLocaleTimeString: { time: true, needsTime: true },
};
for (const name of Object.keys(usual))
  replace(Date.prototype, name, (self, locales, options) =>
    (Number.isNaN(self.getTime()) ? 'Invalid Date' : new DateTimeFormat(locales, options, usual[name]).format(self)));
