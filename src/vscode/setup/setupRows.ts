/** The rows of “Set Up Local Coding Help”. */
import { rounded } from '../../assist/index.ts';
import { formatBytes } from '../../base/format.ts';
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import type { MachineSpeed, Proposal, ProposedModel } from '../../catalog/index.ts';
import { familiarReference, formatReference, type Reference } from '../../oci/index.ts';
import { sizeVerdictText } from '../modelFacts.ts';
import type { Choice } from '../window/notify.ts';

/** The purposes that are set up. */
export type SetupPurpose = 'chat' | 'completion';

/** The models that are set up; undefined for a purpose that is left out. */
export type SetupPlan = Readonly<Record<SetupPurpose, ProposedModel | undefined>>;

/** A row of the first list. */
export interface PlanRow extends Choice {
  readonly does?: 'start' | SetupPurpose;
}

/** A row of the list of models for a purpose. */
export interface ModelRow extends Choice {
  readonly model: ProposedModel | undefined;
}

/** Everything that the rows say. */
export interface SetupFacts {
  readonly machine: MachineSpeed;
  /** Full names of the models on this machine. */
  readonly local: ReadonlySet<string>;
  readonly proposals: Readonly<Record<SetupPurpose, Proposal>>;
}

export function referenceOf({ registry, repository, tag }: ProposedModel): Reference {
  return { registry, repository, tag };
}

/** The models of a plan that have to be pulled, each once. */
export function missingModels(plan: SetupPlan, local: ReadonlySet<string>): ProposedModel[] {
  const wanted = [plan.chat, plan.completion].filter((model) => model !== undefined);
  const byName = new Map(wanted.map((model) => [formatReference(referenceOf(model)), model]));
  return [...byName].filter(([name]) => !local.has(name)).map(([, model]) => model);
}

export function planRows(plan: SetupPlan, facts: SetupFacts): PlanRow[] {
  const missing = missingModels(plan, facts.local);
  const bytes = missing.reduce((sum, model) => sum + model.bytes, 0);
  const isNothing = plan.chat === undefined && plan.completion === undefined;
  const start: PlanRow = {
    icon: 'check',
    label: missing.length === 0 ? t('Use These Models') : t('Download and Use These Models'),
    description: missing.length === 0 ? '' : t('{0} from Docker Hub', formatBytes(bytes)),
    does: 'start',
  };
  return [
    ...(isNothing ? [] : [start]),
    purposeRow('chat', 'comment-discussion', plan, facts),
    purposeRow('completion', 'edit', plan, facts),
    { icon: 'device-desktop', label: t('This machine: {0}', machineText(facts.machine)) },
  ];
}

function purposeRow(purpose: SetupPurpose, icon: string, plan: SetupPlan, facts: SetupFacts): PlanRow {
  const model = plan[purpose];
  const title = PURPOSE_TITLES[purpose]();
  if (model === undefined)
    return { icon, label: t('{0}: none', title), detail: t('Choose a model'), does: purpose };
  return {
    icon,
    label: t('{0}: {1}', title, familiarReference(referenceOf(model))),
    description: modelText(model, facts),
    detail: [whyText(purpose, model, facts), licenseText(model)]
      .filter((part) => part !== undefined)
      .join(' · '),
    does: purpose,
  };
}

const PURPOSE_TITLES: Readonly<Record<SetupPurpose, () => Localized>> = {
  chat: () => t('Chat and edits'),
  completion: () => t('Code completions'),
};

/** `1.9 GB · runs on the CPU · about 10 tokens a second`. */
export function modelText({ bytes, speed, ...model }: ProposedModel, { machine, local }: SetupFacts): string {
  const isLocal = local.has(
    formatReference({ registry: model.registry, repository: model.repository, tag: model.tag }),
  );
  const parts = [
    isLocal ? t('on this machine') : formatBytes(bytes),
    sizeVerdictText({ bytes, name: model.repository }, machine.memory),
    speed === undefined ? undefined : speedText(speed),
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

function licenseText({ license }: ProposedModel): Localized | undefined {
  return license === undefined ? undefined : t('license: {0}', license);
}

/** @param speed tokens a second, estimated. */
export function speedText(speed: number): Localized {
  return t('about {0} tokens a second', rounded(speed));
}

function whyText(purpose: SetupPurpose, model: ProposedModel, { proposals }: SetupFacts): Localized {
  const isBest = proposals[purpose].best === model;
  if (!isBest) return t('Chosen by you');
  if (!model.isFast) return t('The smallest known one; answers are slow here');
  return purpose === 'chat'
    ? t('The largest known one that answers at reading speed here')
    : t('The largest known one that is fast enough while you type');
}

function machineText({ memory, cores }: MachineSpeed): Localized {
  const free = formatBytes(memory.availableBytes);
  const total = formatBytes(memory.totalBytes);
  return memory.gpu === undefined
    ? t('{0} cores, {1} of {2} memory free, no GPU that is used', cores, free, total)
    : t(
        '{0} cores, {1} of {2} memory free, and {3} on the GPU',
        cores,
        free,
        total,
        formatBytes(memory.gpu.availableBytes),
      );
}

/** The models that may be chosen for a purpose, the proposed one first, and none. */
export function modelRows(purpose: SetupPurpose, facts: SetupFacts): ModelRow[] {
  const { best, choices } = facts.proposals[purpose];
  const others = choices.filter((model) => model !== best);
  const rows = [best, ...others]
    .filter((model) => model !== undefined)
    .map(
      (model): ModelRow => ({
        icon: model === best ? 'star-full' : model.isFast ? 'package' : 'watch',
        label: familiarReference(referenceOf(model)),
        description: modelText(model, facts),
        model,
      }),
    );
  return [...rows, { icon: 'circle-slash', label: asLocalized(t('None')), model: undefined }];
}
