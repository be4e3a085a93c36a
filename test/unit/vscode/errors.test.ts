/** The buttons that go with failures. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import '../../support/vscodeStub.ts';
import { ModelError, type ModelErrorCode, type ModelErrorOptions } from '../../../src/base/error.ts';
import { asLocalized } from '../../../src/base/l10n.ts';
import { errorMessage, errorOf } from '../../../src/transfer/worker/protocol.ts';

const { asksForSignIn, explain } = await import('../../../src/vscode/window/errors.ts');

const REGISTRY = { registry: 'r.test' };
const LOG = 'ociModels.log.show';
const SIGN_IN = 'ociModels.registry.signIn';

describe('repairs', () => {
  const cases: readonly [name: string, ModelErrorCode, ModelErrorOptions, commands: readonly string[]][] = [
    ['a login is needed', 'auth-required', REGISTRY, [SIGN_IN, LOG]],
    ['a login was refused', 'auth-denied', REGISTRY, [SIGN_IN, LOG]],
    ['a limit for those without a login', 'rate-limited', { ...REGISTRY, signInHelps: true }, [SIGN_IN, LOG]],
    ['a limit for somebody who is signed in', 'rate-limited', { ...REGISTRY, status: 429 }, [LOG]],
    ['a server that fails', 'registry-error', { ...REGISTRY, status: 500 }, [LOG]],
    ['a cancel', 'cancelled', {}, []],
    ['nothing to work on', 'no-subject', {}, []],
  ];
  for (const [name, code, options, commands] of cases) {
    test(`${name}: ${commands.join(', ') || 'nothing'}`, () => {
      const error = new ModelError(code, asLocalized('It failed.'), options);
      // Those of a download come out of a thread.
      for (const told of [error, errorOf(errorMessage(error))]) {
        const explanation = explain(told);
        assert.deepEqual(explanation?.repairs.map(({ command }) => command) ?? [], commands);
        assert.equal(asksForSignIn(told), commands.includes(SIGN_IN));
      }
    });
  }
});
