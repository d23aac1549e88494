import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, isJsonObject, numberText, parseJson } from '../../src/values/exact-json.ts'

/** Generates number literals of all kinds that JSON allows, mostly near the limits of a double. */
const literal = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.integer().map(String),
  fc.constantFrom('0', '-0', '0.0', '-0.0', '1.10', '1e-7', '1E400', '0.000001', '0.0000001', '9007199254740993'),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,20}$/)),
      fc.oneof(fc.constant(''), fc.stringMatching(/^\.[0-9]{1,20}$/), fc.stringMatching(/^\.0{4,8}[0-9]{1,3}$/)),
      fc.oneof(
        { weight: 3, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: fc.stringMatching(/^[eE][+-]?[0-9]{1,3}$/) },
      ),
    )
    .map((parts) => parts.join('')),
)

/** Generates the tokens of a JSON text without blanks. */
const { document } = fc.letrec<{ document: string[]; leaf: string[] }>((tie) => ({
  leaf: fc.oneof(
    { weight: 4, arbitrary: literal.map((text) => [text]) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('null', 'true', '"at 10:20:30.10,"', '"[1.10,"', '"\\"1e5"').map((text) => [text]),
    },
    { weight: 1, arbitrary: fc.string().map((text) => [JSON.stringify(text)]) },
  ),
  document: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('document'), { maxLength: 4 }).map((items) => ['[', ...separated(items), ']']),
    fc
      .array(tie('document'), { maxLength: 4 })
      .map((items) => ['{', ...separated(items.map((item, index) => [`"k${index}"`, ':', ...item])), '}']),
  ),
}))

/** Generates a JSON string with the value of a text, with any of its characters escaped. */
const writtenAs = (text: string) =>
  fc.array(fc.boolean(), { minLength: text.length, maxLength: text.length }).map((isEscaped) => {
    const characters = Array.from({ length: text.length }, (_, at) => {
      const escaped = `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`
      return isEscaped[at] || /[^ -~]|["\\]/.test(text[at]!) ? escaped : text[at]
    })
    return `"${characters.join('')}"`
  })

const separated = (items: string[][]) => items.flatMap((item, index) => (index === 0 ? item : [',', ...item]))
const blank = fc.stringMatching(/^[ \n\r\t]{0,3}$/)

describe('parseJson()', () => {
  it('keeps every number literal, whatever surrounds it', () => {
    const spaced = document.chain((tokens) =>
      fc
        .array(blank, { minLength: tokens.length + 1, maxLength: tokens.length + 1 })
        .map((blanks) => ({ tokens, text: blanks[0] + tokens.map((token, i) => token + blanks[i + 1]).join('') })),
    )
    fc.assert(
      fc.property(spaced, ({ tokens, text }) => {
        expect(JSON.stringify(parseJson(text))).toBe(tokens.join(''))
      }),
      { numRuns: 3000 },
    )
  })

  it('keeps a literal at each place where a number is allowed', () => {
    for (const number of ['1.10', '-0', '1e-7', '12345678901234567890', '0.1234567890123456', '0.00000012']) {
      for (const text of [number, `[${number}]`, `[1,${number}]`, `{"a":${number}}`, `{"a":{"b":[[],${number}]}}`]) {
        expect(JSON.stringify(parseJson(text))).toBe(text)
        expect(JSON.stringify(parseJson(` ${text}\n`))).toBe(text)
      }
      expect(JSON.stringify(parseJson(`[ 1 ,\n\t${number}\r\n, 2 ]`))).toBe(`[1,${number},2]`)
    }
  })

  it('returns plain numbers when a double reproduces the literal', () => {
    expect(parseJson('{"a":1,"b":[-2.5,0,123456789012345,0.000001]}')).toEqual({
      a: 1,
      b: [-2.5, 0, 123456789012345, 0.000001],
    })
    expect((parseJson('[1.10, 2.5]') as unknown[])[1]).toBe(2.5)
  })

  it('leaves texts that look like numbers alone', () => {
    const text = '{"at":"10:20:30.10","ref":"ptc:5e0:MA:1778140310","list":"[1.10,2]","n":"1.10"}'
    expect(parseJson(text)).toEqual(JSON.parse(text))
  })

  it('decodes escapes in keys, in rows that resemble each other', () => {
    const rows = fc
      .uniqueArray(fc.string({ maxLength: 3 }), { minLength: 1, maxLength: 4 })
      .chain((keys) =>
        fc
          .array(fc.tuple(...keys.map((key) => writtenAs(key))), { minLength: 1, maxLength: 6 })
          .map((written) => ({ keys, written })),
      )
    fc.assert(
      fc.property(rows, literal, ({ keys, written }, number) => {
        const text = `[${written.map((row) => `{${row.map((key) => `${key}:${number}`).join()}}`).join()}]`
        const parsed = parseJson(text) as Record<string, unknown>[]
        expect(parsed.map((row) => Object.keys(row).sort())).toEqual(written.map(() => keys.toSorted()))
        expect(parsed.flatMap((row) => Object.values(row).map(numberText))).toEqual(
          written.flatMap((row) => row.map(() => number)),
        )
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['{"a":1.10,"a":1.1}', '{"a":1.1}'],
    ['{"a":1.1,"a":1.10}', '{"a":1.10}'],
    ['{"a":{"b":1.10},"a":{"b":1.1}}', '{"a":{"b":1.1}}'],
    ['{"a":{"b":1.1},"a":{"b":1.10}}', '{"a":{"b":1.10}}'],
    ['{"a":[1.10,[true,null]],"c":"\\u0022","a":{"0":1.1}}', '{"a":{"0":1.1},"c":"\\""}'],
    [' { "a" : [ 1.10 , false ] , "a" : [ 2 , { } , [ ] ] } ', '{"a":[2,{},[]]}'],
    ['{"__proto__":{"a":1.10},"b":2}', '{"__proto__":{"a":1.10},"b":2}'],
    ['{"__proto__":0.10,"a":1.10,"a":1}', '{"__proto__":0.10,"a":1}'],
  ])('returns the last member of a repeated key, and no prototype: %s', (text, expected) => {
    expect(JSON.stringify(parseJson(text))).toBe(expected)
  })

  it('keeps a literal at any depth', () => {
    for (const levels of [1, 63, 64, 65, 66, 500]) {
      const text = `${'['.repeat(levels)}1.10,{"a":[]},-0${']'.repeat(levels)}`
      expect(JSON.stringify(parseJson(text))).toBe(text)
    }
  })

  it('throws for the texts for which JSON.parse does', () => {
    const damaged = document.chain((tokens) =>
      fc
        .tuple(fc.nat(tokens.length), fc.constantFrom('', ',', ':', '[', ']', '{', '}', '"', '\\', '-', '0', '.', 'e'))
        .map(([at, token]) => [...tokens.slice(0, at), token, ...tokens.slice(at + 1)].join('')),
    )
    const isAccepted = (parse: (text: string) => unknown, text: string) => {
      try {
        parse(text)
        return true
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError)
        return false
      }
    }
    fc.assert(
      fc.property(damaged, (text) => {
        expect(isAccepted(parseJson, text)).toBe(isAccepted(JSON.parse, text))
      }),
      { numRuns: 2000 },
    )
  })

  it.each(['', ' ', '{', '<html>', '[1,]', '01', '1.', 'NaN', '{"a":1.10'])('throws for %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError)
  })
})

describe('numberText()', () => {
  it('returns the literal of each number', () => {
    fc.assert(
      fc.property(literal, (text) => {
        expect(numberText(parseJson(text))).toBe(text)
      }),
    )
  })

  it.each([null, undefined, '1', true, [], {}, { rawJSON: '1' }, Number.NaN, Number.POSITIVE_INFINITY])(
    'gives null for %j',
    (value) => {
      expect(numberText(value)).toBeNull()
    },
  )
})

describe('isJsonObject()', () => {
  it('separates objects from all other values', () => {
    expect([{}, { a: 1 }].map(isJsonObject)).toEqual([true, true])
    expect([null, [], 'a', 1, parseJson('1.10')].map(isJsonObject)).toEqual([false, false, false, false, false])
  })
})

describe('canonicalJson()', () => {
  it('does not depend on the order of keys, and keeps literals', () => {
    const text = '{"a":[{"c":1.10,"d":null}],"b":"x"}'
    expect(canonicalJson(parseJson('{"b":"x","a":[{"d":null,"c":1.10}]}'))).toBe(text)
    expect(canonicalJson(parseJson(text))).toBe(text)
  })

  it('differs for different values, whatever their keys are called', () => {
    const texts = [
      '{"__proto__":{"a":1}}',
      '{"__proto__":{"a":2}}',
      '{}',
      '{"a":1}',
      '[{"a":1}]',
      '{"a":"1"}',
      '{"a":1.0}',
    ]
    expect(new Set(texts.map((text) => canonicalJson(parseJson(text)))).size).toBe(texts.length)
    const [one, other] = [
      '{"2":[1,"é"],"10":0,"a":{"__proto__":1,"b":2}}',
      '{"a":{"b":2,"__proto__":1},"10":0,"2":[1,"é"]}',
    ]
    expect(canonicalJson(parseJson(one))).toBe(canonicalJson(parseJson(other)))
  })
})
