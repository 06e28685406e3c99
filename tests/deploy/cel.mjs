// SPDX-License-Identifier: Apache-2.0
// Evaluates CEL of policies as Kubernetes does: reads one JSON request from standard input, writes one answer.
//
//   node cel.mjs MODULE < {"tasks": [TASK...]}    MODULE: the evaluator, @marcbachmann/cel-js
//
// A task {policy, object, old} is a ValidatingAdmissionPolicy with what is admitted, and what it
// replaces, if anything: the answer is {skipped} or {denied: [message...], variables}. A task {mutation, object, params} is a
// MutatingAdmissionPolicy: {skipped} or {patches}. A task {expression, context} gives {value}.
// Where evaluation fails, {error}.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const { Environment } = await import(pathToFileURL(process.argv[2]))

function environment(homogeneousAggregateLiterals) {
  return new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals })
    // Kubernetes has them with cel-go's strings extension.
    .registerFunction('list.join(string): string', (list, separator) => [...list].join(separator))
    .registerFunction('string.replace(string, string): string', (text, old, by) => text.replaceAll(old, by))
}

const strict = environment(true)
// Objects of JSONPatch have members of different types, and are maps here.
const loose = environment(false)

// Writes Type{field: value} as {"field": value}; a type's name has to say the path of its object.
function asMaps(text) {
  let out = ''
  const open = [] // per bracket: the type's name, or null
  for (let rest = text; rest;) {
    const token = /^(\/\/[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[\w.]+\{|[\w.]+:|[\w.]+|\s+|.)/s.exec(rest)[0]
    rest = rest.slice(token.length)
    if (/^[\w.]+\{$/.test(token)) {
      open.push(token.slice(0, -1))
      out += '{'
    } else if (/^[\w.]+:$/.test(token) && open.at(-1)) {
      out += `"${token.slice(0, -1)}":`
      const type = /^\s*\[?\s*([\w.]+)\{/.exec(rest)?.[1]
      const wanted = `${open.at(-1)}.${token.slice(0, -1)}`
      if (type && !open.at(-1).startsWith('JSONPatch') && type !== wanted) throw new Error(`${type} is no ${wanted}`)
    } else {
      if ('{[('.includes(token)) open.push(null)
      if ('}])'.includes(token)) open.pop()
      if (!token.startsWith('//')) out += token
    }
  }
  return out
}

const plain = (value) => JSON.parse(JSON.stringify(value, (_, part) => {
  if (typeof part === 'bigint') return Number(part)
  return part instanceof Map ? Object.fromEntries(part) : part
}))

function skipped(spec, context) {
  return (spec.matchConditions ?? []).find(({ expression }) => !strict.evaluate(expression, context))?.name
}

function addVariables(spec, context) {
  for (const { name, expression } of spec.variables ?? []) {
    context.variables[name] = strict.evaluate(expression, context)
  }
}

function validate(spec, object, oldObject = null) {
  const context = { object, oldObject, variables: {} }
  const skips = skipped(spec, context)
  if (skips) return { skipped: skips }
  addVariables(spec, context)
  const denied = spec.validations.filter(({ expression }) => strict.evaluate(expression, context) !== true)
    .map(({ message, messageExpression }) => messageExpression ? strict.evaluate(messageExpression, context) : message)
  return { denied, variables: plain(context.variables) }
}

function mutate(spec, object, params = null) {
  const context = { object, params, variables: {} }
  const skips = skipped(spec, context)
  if (skips) return { skipped: skips }
  addVariables(spec, context)
  return { patches: spec.mutations.flatMap(({ jsonPatch }) => plain(loose.evaluate(asMaps(jsonPatch.expression), context))) }
}

function run(task) {
  try {
    if (task.policy) return validate(task.policy, task.object, task.old)
    if (task.mutation) return mutate(task.mutation, task.object, task.params)
    return { value: plain(strict.evaluate(task.expression, task.context)) }
  } catch (error) {
    return { error: `${error.message}` }
  }
}

const { tasks } = JSON.parse(readFileSync(0, 'utf8'))
process.stdout.write(JSON.stringify(tasks.map(run)))
