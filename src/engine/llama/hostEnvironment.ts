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

/** The variables of `environment` that llama.cpp's process gets. */
export function allowedVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const entries = Object.entries(environment);
  return Object.fromEntries(entries.filter(([name]) => NAMES.test(name) || PREFIXES.test(name)));
}
