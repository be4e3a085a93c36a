/**
 * “Set Up Local Coding Help”: proposes models that suit the machine, pulls those that the user confirms, sets what they
 * are for, and asks a first question.
 */
import { availableParallelism } from 'node:os';
import * as vscode from 'vscode';
import { t } from '../../base/l10n.ts';
import { proposeModels } from '../../catalog/index.ts';
import { formatReference } from '../../oci/index.ts';
import type { Session } from '../../session/index.ts';
import { judgedMachine } from '../modelFacts.ts';
import type { Pulls } from '../pulls.ts';
import type { Machine } from '../window/machine.ts';
import { pickOne } from '../window/notify.ts';
import {
  missingModels,
  modelRows,
  planRows,
  referenceOf,
  type SetupFacts,
  type SetupPlan,
  type SetupPurpose,
} from './setupRows.ts';

/** Everything that the set-up needs. */
export interface SetupServices {
  readonly models: Pick<Session, 'list' | 'choose'>;
  readonly machine: Pick<Machine, 'memory'>;
  readonly pulls: Pick<Pulls, 'pullTogether'>;
}

/** The models that were set up, by their full names. */
export type SetUpModels = Readonly<Partial<Record<SetupPurpose, string>>>;

/**
 * Lets the user confirm or change a plan, and carries it out. Nothing is pulled before.
 * @param loadCompletion loads a model and makes it the one for completions, if it can fill in code.
 * @returns undefined if the list was closed or a pull failed, which the user has seen.
 */
export async function setUp(
  services: SetupServices,
  loadCompletion: (id: string) => Promise<void>,
): Promise<SetUpModels | undefined> {
  const facts = await readFacts(services);
  const plan = await confirmPlan(facts);
  if (plan === undefined) return undefined;
  const missing = missingModels(plan, facts.local).map((model) => ({
    reference: referenceOf(model),
    bytes: model.bytes,
  }));
  if (missing.length > 0) {
    const title = missing.length === 1 ? t('Pulling 1 model') : t('Pulling {0} models', missing.length);
    if (!(await services.pulls.pullTogether(missing, title))) return undefined;
  }
  const [chat, completion] = [plan.chat, plan.completion].map(
    (model) => model && formatReference(referenceOf(model)),
  );
  if (chat !== undefined) await services.models.choose(chat);
  if (completion !== undefined) await loadCompletion(completion);
  return { ...(chat === undefined ? {} : { chat }), ...(completion === undefined ? {} : { completion }) };
}

async function readFacts({ machine, models }: SetupServices): Promise<SetupFacts> {
  const [memory, local] = await Promise.all([machine.memory(), models.list()]);
  const speed = { memory: judgedMachine(memory), cores: availableParallelism() };
  return {
    machine: speed,
    local: new Set(
      local
        .filter(({ problem, reason }) => problem === undefined && reason === undefined)
        .map(({ id }) => id),
    ),
    proposals: proposeModels(speed),
  };
}

/** Shows the plan until it is confirmed. @returns undefined if the list was closed. */
async function confirmPlan(facts: SetupFacts): Promise<SetupPlan | undefined> {
  const { proposals } = facts;
  let plan: SetupPlan = { chat: proposals.chat.best, completion: proposals.completion.best };
  for (;;) {
    const row = await pickOne(planRows(plan, facts), {
      title: t('Set Up Local Coding Help'),
      placeHolder: t('Confirm the models, or choose a row to change it'),
      ignoreFocusOut: true,
    });
    if (row === undefined) return undefined;
    if (row.does === 'start') return plan;
    if (row.does !== undefined) plan = await changePlan(plan, row.does, facts);
  }
}

async function changePlan(plan: SetupPlan, purpose: SetupPurpose, facts: SetupFacts): Promise<SetupPlan> {
  const title = purpose === 'chat' ? t('Model for Chat and Edits') : t('Model for Code Completions');
  const row = await pickOne(modelRows(purpose, facts), {
    title,
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  return row === undefined ? plan : { ...plan, [purpose]: row.model };
}

/** Opens a chat that asks the chosen model a first question. */
export async function askFirstQuestion(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.chat.open', {
    query: `@local ${t('Write a function that checks if a text is a palindrome, and explain it in two sentences.')}`,
    mode: 'ask',
  });
}
