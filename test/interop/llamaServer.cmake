# Builds llama-server over the libraries that node-llama-cpp ships, so that a comparison is of programs and not of
# compilers. Takes the place of llama.cpp's own CMakeLists.txt in a copy of its source; LIBRARIES is the folder of the
# shipped libraries and VERSION the suffix that two of them have.
cmake_minimum_required(VERSION 3.14)
project(llama-server C CXX)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
set(CMAKE_INSTALL_RPATH "$ORIGIN")
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# The parts of the server belong into one program.
set(BUILD_SHARED_LIBS OFF)
set(LLAMA_USE_PREBUILT_UI OFF)
set(LLAMA_BUILD_UI OFF)
set(LLAMA_TOOLS_INSTALL OFF)
set(MTMD_VIDEO OFF CACHE BOOL "")
include(cmake/common.cmake)

function(shipped TARGET FILE)
  add_library(${TARGET} SHARED IMPORTED GLOBAL)
  set_target_properties(${TARGET} PROPERTIES IMPORTED_LOCATION "${LIBRARIES}/${FILE}")
endfunction()

shipped(ggml-base libggml-base.so)
target_include_directories(ggml-base INTERFACE ggml/include)
target_compile_definitions(ggml-base INTERFACE GGML_BACKEND_DL GGML_SHARED)
shipped(ggml libggml.${VERSION}.so)
target_link_libraries(ggml INTERFACE ggml-base)
shipped(llama libllama.${VERSION}.so)
target_include_directories(llama INTERFACE include)
target_compile_definitions(llama INTERFACE LLAMA_SHARED)
target_link_libraries(llama INTERFACE ggml)
shipped(llama-common libllama-common.so)
target_include_directories(llama-common INTERFACE common)
target_compile_definitions(llama-common INTERFACE LLAMA_SUBPROCESS)
target_link_libraries(llama-common INTERFACE llama vendor::nlohmann vendor::sheredom)

add_subdirectory(vendor)
# Inside llama-common already.
add_library(cpp-httplib INTERFACE)
add_library(vendor::cpp-httplib ALIAS cpp-httplib)
target_link_libraries(cpp-httplib INTERFACE llama-common)
target_include_directories(cpp-httplib INTERFACE vendor)

add_subdirectory(tools/mtmd)
add_subdirectory(tools/ui)
add_subdirectory(tools/server)
