/**
 * The environment of llama.cpp's process: what a program needs to find its libraries, devices and temporary files. Tokens
 * and passwords that a shell or a launcher put into the editor's environment stay there.
 */

/** Names that are passed on. Windows compares them without case. */
const NAMES =
  /^(?:PATH|PATHEXT|HOME|USER|LOGNAME|USERPROFILE|USERNAME|LANG|LANGUAGE|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES(?:\(X86\))?|NUMBER_OF_PROCESSORS|NODE_COMPILE_CACHE)$/i;
/** Beginnings of names: locales, folders of the desktop, dynamic linkers, and the settings of GPUs and of ggml. */
const PREFIXES =
  /^(?:LC_|XDG_|LD_|DYLD_|PROCESSOR_|CUDA_|NVIDIA_|HIP_|HSA_|ROCR_|ROCM_|GPU_|GGML_|LLAMA_|VK_|VULKAN_|MESA_|MTL_|METAL_|OMP_|ONEAPI_|SYCL_|ZE_)/i;
/** Words of secrets, whatever they begin with: `NVIDIA_API_KEY` and `LLAMA_API_KEY` are for servers. */
const SECRETS = /KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH/i;

/** The variables of `environment` that llama.cpp's process gets. */
export function allowedVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const entries = Object.entries(environment);
  return Object.fromEntries(
    entries.filter(([name]) => NAMES.test(name) || (PREFIXES.test(name) && !SECRETS.test(name))),
  );
}

/** Returns the environment of a host process. @param added comes on top of it. */
export function hostEnvironment(added: Readonly<Record<string, string>> | undefined): NodeJS.ProcessEnv {
  return {
    ...allowedVariables(process.env),
    // With one libuv thread every decode starts from the same thread. This makes generation up to 1.4 times faster,
    // because the kernel then finds better places for the threads that llama.cpp starts for each token.
    UV_THREADPOOL_SIZE: '1',
    // VS Code's binary is Electron; this makes it run as Node.js.
    ELECTRON_RUN_AS_NODE: '1',
    ...added,
  };
}
