import type { Control } from '../../agent/control/control.ts';
import { isNotFound, notFound } from '../../agent/control/control-errors.ts';
import { ExecError } from '../../support/exec-error.ts';

const prefix = /^[0-9a-f][0-9a-f-]{0,34}$/;
const mostNamed = 5;

/** The same control, whose methods also take the beginning of an execution id. */
export function resolveIds(control: Control): Control {
  const resolve = async (id: string) => {
    try {
      return (await control.find(id)).execution.execution_id;
    } catch (error) {
      if (!isNotFound(error) || !prefix.test(id)) throw error;
      return await only(id);
    }
  };
  const only = async (id: string) => {
    const { executions } = await control.list({ id, limit: mostNamed + 1 });
    const [first] = executions;
    if (first === undefined) throw notFound(id);
    if (executions.length === 1) return first.execution_id;
    const named = executions.slice(0, mostNamed).map(({ execution_id: each, image }) => `${each} (${image})`);
    throw new ExecError(
      'INVALID_REQUEST',
      `${id} is the beginning of several execution ids. Write more of the one that you mean: ${named.join(', ')}` +
        `${executions.length > mostNamed ? ' and more' : ''}.`,
    );
  };
  return {
    ...control,
    find: async (id) => {
      try {
        return await control.find(id);
      } catch (error) {
        if (!isNotFound(error) || !prefix.test(id)) throw error;
        return control.find(await only(id));
      }
    },
    wait: async (id, signal) => control.wait(await resolve(id), signal),
    cancel: async (id) => control.cancel(await resolve(id)),
    remove: async (id, options) => control.remove(await resolve(id), options),
    async *log(id, options) {
      yield* control.log(await resolve(id), options);
    },
    tail: async (id, options) => control.tail(await resolve(id), options),
    search: async (id, query) => control.search(await resolve(id), query),
    zip: async (id, signal) => control.zip(await resolve(id), signal),
    files: async (id) => control.files(await resolve(id)),
    file: async (id, name, signal) => control.file(await resolve(id), name, signal),
    contents: async (id, signal) => control.contents(await resolve(id), signal),
    async *events({ id, ...query }) {
      yield* control.events({ ...query, ...(id === undefined ? {} : { id: await resolve(id) }) });
    },
  };
}
