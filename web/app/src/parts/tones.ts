import type { Column, Row, Value } from '../api/query'

/** How a row stands out among the others. */
export type Tone = 'bad' | 'warn'

type Rule = (text: string) => Tone | undefined

const among = (bad: RegExp, warn?: RegExp): Rule => (text) => (bad.test(text) ? 'bad' : warn?.test(text) ? 'warn' : undefined)
const severity = among(/^(high|critical|emergency|emerg|alert|crit|err|error|severe|fatal)$/i, /^(medium|warning|warn)$/i)
const outcome = among(/^(fail|failed|failure|denied|deny|blocked|unauthorized|error|drop)$/i)
const status: Rule = (text) => (Number(text) >= 400 ? 'bad' : undefined)

/** What a value of these columns says of its row. The columns that a table has are looked at in this order. */
const rules: Record<string, Rule> = {
  AlertSeverity: severity, Severity: severity, SeverityLevel: (text) => (Number(text) >= 3 ? 'bad' : Number(text) === 2 ? 'warn' : severity(text)),
  EventLevelName: severity, LogSeverity: (text) => (Number(text) >= 7 ? 'bad' : Number(text) >= 4 ? 'warn' : severity(text)), Level: severity,
  // Sign-ins have codes of which 0 is success; other tables write words, or a status of HTTP.
  ResultType: (text) => (/^\d+$/.test(text) ? (text === '0' ? undefined : 'bad') : outcome(text)),
  Result: outcome, ActivityStatusValue: outcome, Success: (text) => (/^(false|0)$/i.test(text) ? 'bad' : undefined),
  StatusCode: status, httpStatusCode_d: status, HttpStatusCode: status, ActionType: among(/(fail|denied|blocked)/i), DeliveryAction: among(/^(blocked|junked)$/i),
  FlowStatus: outcome, FlowStatus_s: among(/^d$/i), DeviceAction: outcome, EventResult: outcome,
  Activity: among(/failed to log on|locked out|audit log was cleared/i), RiskLevelDuringSignIn: severity, ExceptionType: (text) => (text ? 'bad' : undefined),
}

/** A function that says how a row with these columns stands out. The worst that any of its columns says counts. */
export function toneOf(columns: Column[]): (row: Row) => Tone | undefined {
  const tests = columns.flatMap((c, i) => (rules[c.name] ? [{ i, rule: rules[c.name] }] : []))
  return (row) => {
    let worst: Tone | undefined
    for (const { i, rule } of tests) {
      const tone = rule(text(row[i]))
      if (tone === 'bad') return tone
      worst ??= tone
    }
    return worst
  }
}

const text = (v: Value | undefined) => (v === null || v === undefined ? '' : String(v))
