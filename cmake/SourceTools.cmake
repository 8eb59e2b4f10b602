# `format` rewrites our sources by .clang-format, `format-check` only looks; `tidy` runs clang-tidy by .clang-tidy.

find_program(CLANG_FORMAT clang-format)
find_program(RUN_CLANG_TIDY NAMES run-clang-tidy)

if(CLANG_FORMAT)
    add_custom_target(format
        COMMAND git ls-files -z -- "*.c" "*.h" | xargs -0 -r ${CLANG_FORMAT} -i
        WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
    add_custom_target(format-check
        COMMAND git ls-files -z -- "*.c" "*.h" | xargs -0 -r ${CLANG_FORMAT} --dry-run -Werror
        WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
endif()
if(RUN_CLANG_TIDY)
    add_custom_target(tidy
        COMMAND ${RUN_CLANG_TIDY} -quiet -p ${CMAKE_BINARY_DIR} "${CMAKE_SOURCE_DIR}/(engine|plugin|analyzer)/.*[.]c$"
        WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
endif()
