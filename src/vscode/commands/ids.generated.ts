/** Made by `npm run generate` of the declarations of commands and package.json; not to be edited. */

/** The id of a command of this extension. */
export type CommandId =
  | 'ociModels.download.remove'
  | 'ociModels.download.resume'
  | 'ociModels.inlineChat.accept'
  | 'ociModels.inlineChat.discard'
  | 'ociModels.inlineChat.start'
  | 'ociModels.log.show'
  | 'ociModels.model.chat'
  | 'ociModels.model.copyPath'
  | 'ociModels.model.copyReference'
  | 'ociModels.model.copyVllmCommand'
  | 'ociModels.model.delete'
  | 'ociModels.model.exportForVllm'
  | 'ociModels.model.import'
  | 'ociModels.model.inspect'
  | 'ociModels.model.load'
  | 'ociModels.model.openPage'
  | 'ociModels.model.pull'
  | 'ociModels.model.pullAgain'
  | 'ociModels.model.reveal'
  | 'ociModels.model.saveCopy'
  | 'ociModels.model.select'
  | 'ociModels.model.unload'
  | 'ociModels.model.verify'
  | 'ociModels.registry.add'
  | 'ociModels.registry.refresh'
  | 'ociModels.registry.remove'
  | 'ociModels.registry.signIn'
  | 'ociModels.registry.signOut'
  | 'ociModels.view.retry';

/** A setting of this extension, without `ociModels.`. */
export type SettingKey =
  | 'chat.maxAnswerTokens'
  | 'download.connections'
  | 'download.maxMegabytesPerSecond'
  | 'engine.contextSize'
  | 'engine.gpu'
  | 'engine.threads'
  | 'engine.unloadAfterMinutes'
  | 'extraCaFile'
  | 'insecureRegistries'
  | 'otherStores'
  | 'registries'
  | 'registryMirrors'
  | 'storePath';
