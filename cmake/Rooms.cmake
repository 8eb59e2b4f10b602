# A room of the engine is one static library; the rooms it USES are the floors below it.
# tests/architecture holds the same table for the #include lines.

set(SIPSMIME_ROOMS base mime pki cms sip msrp inspect history rules)
set(SIPSMIME_ENGINE_DIR ${CMAKE_CURRENT_SOURCE_DIR}/engine)

# engine_room(NAME SOURCES file... USES target...): the library engine_NAME.
# A room without a source yet is an INTERFACE library, so that what stands above it can be built.
function(engine_room name)
    cmake_parse_arguments(PARSE_ARGV 1 room "" "" "SOURCES;USES")
    set(target engine_${name})
    if(room_SOURCES)
        add_library(${target} STATIC ${room_SOURCES})
        target_include_directories(${target} PUBLIC ${SIPSMIME_ENGINE_DIR})
        target_link_libraries(${target} PUBLIC ${room_USES} PRIVATE sipsmime_flags)
    else()
        add_library(${target} INTERFACE)
        target_include_directories(${target} INTERFACE ${SIPSMIME_ENGINE_DIR})
        target_link_libraries(${target} INTERFACE ${room_USES})
    endif()
endfunction()

# room_library(OUT FILE): the library that a test, fuzz target or benchmark named KIND_ROOM_SUBJECT.c
# links to: engine_ROOM, or the whole engine when its second word is no room.
function(room_library out file)
    get_filename_component(stem ${file} NAME_WE)
    string(REGEX REPLACE "^[a-z]+_([a-z0-9]+)(_.*)?$" "\\1" room ${stem})
    if(room IN_LIST SIPSMIME_ROOMS)
        set(${out} engine_${room} PARENT_SCOPE)
    else()
        set(${out} sipsmime-engine PARENT_SCOPE)
    endif()
endfunction()
