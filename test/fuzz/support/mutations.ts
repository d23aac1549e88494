import type { Random } from '../../../src/sandbox/random.ts'
import { anyJson, anyText, ODD_NUMBERS } from './values.ts'

/** A place in a JSON value: what holds it, and its name or index there. */
type Place = { readonly holder: Record<string, unknown> | unknown[]; readonly key: string | number }

function placesIn(value: unknown, places: Place[] = []): Place[] {
  if (Array.isArray(value)) {
    for (const [key, member] of value.entries()) {
      places.push({ holder: value, key })
      placesIn(member, places)
    }
  } else if (typeof value === 'object' && value !== null) {
    const holder = value as Record<string, unknown>
    for (const key of Object.keys(holder)) {
      places.push({ holder, key })
      placesIn(holder[key], places)
    }
  }
  return places
}

/** A value that does not belong where it is put; `key` is its place there. */
export type OddValue = (random: Random, key: string | number) => unknown

/** Puts a member in its place; of an object it becomes its own, whatever its name. */
function put({ holder, key }: Place, value: unknown): void {
  if (Array.isArray(holder)) holder[Number(key)] = value
  else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
}

const at = ({ holder, key }: Place) => (holder as Record<string | number, unknown>)[key]

/** A copy of a JSON value in which one to three things are gone, doubled, exchanged, or of another kind. */
export function mutateJson(value: unknown, random: Random, odd: OddValue = (given) => anyJson(given)): unknown {
  const root = { root: structuredClone(value) as unknown }
  for (let rounds = random.integer(1, 3); rounds > 0; rounds--) {
    const places = placesIn(root)
    // The root itself may be gone.
    if (places.length === 0) break
    const place = random.pick(places)
    const { holder, key } = place
    switch (random.integer(0, 6)) {
      case 0:
        if (Array.isArray(holder)) holder.splice(Number(key), 1)
        else delete holder[key]
        break
      case 1:
        if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(at(place)))
        else put({ holder, key: `${key}2` }, at(place))
        break
      case 2:
        // A copy, so that nothing comes to hold itself.
        put(place, structuredClone(at(random.pick(places))))
        break
      case 3:
        put(place, retyped(at(place), random))
        break
      case 4: {
        const text = at(place)
        put(place, typeof text === 'string' ? mutateText(text, random) : odd(random, key))
        break
      }
      case 5:
        if (Array.isArray(holder)) holder.push(odd(random, key))
        else put({ holder, key: random.pick(['__proto__', 'toString', 'extra', '']) }, odd(random, key))
        break
      default:
        put(place, odd(random, key))
    }
  }
  return root.root
}

/** A value as another kind of JSON. */
function retyped(value: unknown, random: Random): unknown {
  switch (random.integer(0, 5)) {
    case 0:
      return JSON.stringify(value) ?? ''
    case 1:
      return typeof value === 'string' && value !== '' ? Number(value) : random.pick(ODD_NUMBERS)
    case 2:
      return [value]
    case 3:
      return { value }
    case 4:
      return null
    default:
      return !value
  }
}

/** A text with one to three changes: characters gone, doubled, others instead of them, an end cut off. */
export function mutateText(text: string, random: Random): string {
  let changed = text
  for (let rounds = random.integer(1, 3); rounds > 0; rounds--) {
    const at = random.integer(0, changed.length)
    const [head, tail] = [changed.slice(0, at), changed.slice(at)]
    switch (random.integer(0, 4)) {
      case 0:
        changed = head + tail.slice(1)
        break
      case 1:
        changed = head + tail.slice(0, random.integer(1, 20)) + tail
        break
      case 2:
        changed = head + anyText(random) + tail.slice(1)
        break
      case 3:
        changed = random.chance(0.5) ? head : tail
        break
      default:
        changed = head + random.pick([...'{}[]",:\\0-1e.\u0000\n ']) + tail
    }
  }
  return changed
}
