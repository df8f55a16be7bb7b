'use strict';
// Numbers, dates and lists in English.
const MORNING = new Date(Date.UTC(2026, 0, 5, 0, 7, 9, 45)), AFTERNOON = new Date(Date.UTC(2026, 10, 25, 15, 30));
const NUMBERS = [0, -0, 1, 0.5, -1234.567, 1234567.891, 999.9, 12345, 999999, 1e21, NaN, -Infinity, 12345678901234567890n, 0.000123, 1.005];

const date = (options) => () => [MORNING, AFTERNOON].map((d) => [new Intl.DateTimeFormat('en-US', options).format(d), d.toLocaleString('en-US', options)]);
const number = (options) => () => NUMBERS.map((n) => new Intl.NumberFormat('en-US', options).format(n)).join(' | ');
const usd = { style: 'currency', currency: 'USD' };
const near = (...cases) => () => cases.map(([value, unit, numeric]) => new Intl.RelativeTimeFormat('en', { numeric }).format(value, unit));

module.exports = {
  date_default: date(),
  date_24: date({ hour12: false }),
  date_cycle: date({ hour: 'numeric', minute: '2-digit', hourCycle: 'h23' }),
  date_long: date({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }),
  date_at: date({ month: 'long', day: 'numeric', hour: 'numeric', minute: 'numeric' }),
  date_padded: date({ month: '2-digit', day: '2-digit', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }),
  date_short_month: date({ weekday: 'short', year: 'numeric', month: 'short', day: '2-digit' }),
  date_styles: () => ['full', 'long', 'medium', 'short'].map((style) =>
    new Intl.DateTimeFormat('en-US', { dateStyle: style, timeStyle: style }).format(AFTERNOON)),
  date_only: () => [MORNING.toLocaleDateString(), MORNING.toLocaleDateString('en-US', { month: 'short' }), MORNING.toLocaleTimeString(),
                    MORNING.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }), MORNING.toLocaleTimeString('en', { timeStyle: 'short' })],
  date_weekday: date({ weekday: 'short' }),
  date_weekday_day: date({ weekday: 'short', day: 'numeric' }),
  date_weekday_hour: date({ weekday: 'long', hour: 'numeric' }),
  date_month_year: date({ month: 'long', year: 'numeric' }),
  date_month_day: date({ month: 'numeric', day: 'numeric' }),
  date_year: date({ year: '2-digit' }),
  date_minutes: date({ minute: '2-digit', second: '2-digit' }),
  date_fraction: date({ hour: 'numeric', minute: 'numeric', second: 'numeric', fractionalSecondDigits: 3 }),
  date_zone: date({ timeZone: 'UTC', timeZoneName: 'short' }),
  date_parts: () => new Intl.DateTimeFormat('en-US', { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }).formatToParts(AFTERNOON),
  date_bad: () => new Intl.DateTimeFormat().format(NaN),
  date_bad_zone: () => new Intl.DateTimeFormat('en', { timeZone: 'Nowhere/Here' }),
  date_invalid: () => new Date(NaN).toLocaleString(),
  number_default: number(),
  number_usd: number(usd),
  number_jpy: number({ style: 'currency', currency: 'JPY' }),
  number_chf: number({ style: 'currency', currency: 'CHF' }),
  number_no_cents: number({ ...usd, maximumFractionDigits: 0 }),
  number_code: number({ ...usd, currencyDisplay: 'code' }),
  number_percent: number({ style: 'percent', maximumFractionDigits: 1 }),
  number_fixed: number({ minimumFractionDigits: 2, maximumFractionDigits: 2 }),
  number_significant: number({ maximumSignificantDigits: 3 }),
  number_compact: number({ notation: 'compact' }),
  number_compact_long: number({ notation: 'compact', compactDisplay: 'long' }),
  number_compact_places: number({ notation: 'compact', maximumFractionDigits: 1 }),
  number_ungrouped: number({ useGrouping: false }),
  number_padded: number({ minimumIntegerDigits: 2 }),
  number_signs: number({ signDisplay: 'always' }),
  number_parts: () => new Intl.NumberFormat('en-US', usd).formatToParts(-1234.5),
  number_function: () => [1234, 5].map(new Intl.NumberFormat().format),
  number_no_currency: () => new Intl.NumberFormat('en', { style: 'currency' }),
  number_bad_places: () => (1).toLocaleString('en', { minimumFractionDigits: 200 }),
  array: () => [1234.5, MORNING, 12n].toLocaleString(),
  relative: near([-1, 'day'], [2, 'hours'], [-3, 'months'], [1.5, 'hour'], [-1234, 'seconds']),
  relative_auto: near([-1, 'day', 'auto'], [1, 'day', 'auto'], [0, 'year', 'auto'], [1, 'week', 'auto'], [-1, 'second', 'auto'], [-2, 'day', 'auto']),
  relative_bad: near([1, 'fortnight']),
  list: () => ['conjunction', 'disjunction'].map((type) => new Intl.ListFormat('en', { type }).format(['a', 'b', 'c'])),
  plural: () => [0, 1, 2, 11, 21].map((n) => [new Intl.PluralRules('en').select(n), new Intl.PluralRules('en', { type: 'ordinal' }).select(n)]),
  segments: () => Array.from(new Intl.Segmenter('en').segment('e\u0301🇩🇪👨‍👩‍👧'), ({ segment }) => segment.length),
};
