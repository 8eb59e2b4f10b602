# The flags of our own targets: link `sipsmime_flags` PRIVATE, nothing else of the build sees them.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # POSIX and BSD declarations of the C library (timegm, strnlen)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(sipsmime_flags INTERFACE)

target_compile_options(sipsmime_flags INTERFACE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
    -Wpointer-arith -Wwrite-strings -Wundef -Wformat=2
    $<$<BOOL:${SIPSMIME_WERROR}>:-Werror>
    $<$<CONFIG:Debug>:-O1>)

# Hardening needs optimisation; the sanitizers bring their own, stricter checks.
if(NOT SIPSMIME_SANITIZE)
    target_compile_options(sipsmime_flags INTERFACE
        $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>
        -fstack-protector-strong)
endif()
target_link_options(sipsmime_flags INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,--as-needed)

if(SIPSMIME_SANITIZE)
    if(SIPSMIME_SANITIZE STREQUAL "thread")
        set(sanitizers thread)
    else()
        set(sanitizers address,undefined)
    endif()
    target_compile_options(sipsmime_flags INTERFACE
        -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(sipsmime_flags INTERFACE -fsanitize=${sanitizers})
    if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
        # GLib calls GFunc, GDestroyNotify and GCompareFunc through other pointer types than ours.
        target_compile_options(sipsmime_flags INTERFACE -fno-sanitize=function)
    endif()
endif()

if(SIPSMIME_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
        message(FATAL_ERROR "SIPSMIME_FUZZ needs clang: configure with -DCMAKE_C_COMPILER=clang (or --preset fuzz)")
    endif()
    target_compile_options(sipsmime_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
