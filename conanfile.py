# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load
from conan.tools.scm import Version

required_conan_version = ">=2.0"


class Weft(ConanFile):
    name = "weft"
    description = "Fibers for Boost.Asio: synchronous-style servers without blocked threads"
    license = "BSL-1.0"
    topics = ("fiber", "coroutine", "asio", "networking", "concurrency")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {
        "shared": [True, False],
        "fPIC": [True, False],
        "switch": ["fcontext", "inline"],
        "with_tls": [True, False],
        "with_io_uring": [True, False],
    }
    default_options = {
        "shared": False,
        "fPIC": True,
        "switch": "fcontext",
        "with_tls": True,
        "with_io_uring": True,
        "boost/*:without_context": False,
    }
    implements = ["auto_shared_fpic"]
    exports_sources = "CMakeLists.txt", "LICENSE", "include/*", "lib/*", "cmake/*"
    test_package_folder = "test/package"

    def set_version(self):
        header = load(self, os.path.join(self.recipe_folder, "include", "weft", "version.hpp"))
        self.version = re.search(r'WEFT_VERSION_STRING "([^"]+)"', header).group(1)

    def layout(self):
        cmake_layout(self)

    def requirements(self):
        self.requires("boost/[>=1.81 <2]", transitive_headers=True, transitive_libs=True)
        self.requires("spdlog/[>=1.10 <2]", transitive_headers=True, transitive_libs=True)
        if self.options.with_tls:
            self.requires("openssl/[>=1.1.1 <4]", transitive_headers=True, transitive_libs=True)

    def validate(self):
        check_min_cppstd(self, 20)
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration(f"weft runs on Linux only for now: {self.settings.os} has no port yet")
        least = {"gcc": "12", "clang": "14"}.get(str(self.settings.compiler))
        if least is None or Version(self.settings.compiler.version) < least:
            raise ConanInvalidConfiguration(
                "weft needs gcc 12 or clang 14, or later; this profile has "
                f"{self.settings.compiler} {self.settings.compiler.version}"
            )
        if self.options.switch == "inline" and str(self.settings.arch) not in ("x86_64", "armv8"):
            raise ConanInvalidConfiguration(
                f"switch=inline exists for x86_64 and armv8, not for {self.settings.arch}; leave it at fcontext"
            )

    def generate(self):
        toolchain = CMakeToolchain(self)
        for part in ("TESTS", "EXAMPLES", "BENCH"):
            toolchain.cache_variables[f"WEFT_BUILD_{part}"] = False
        toolchain.cache_variables["WEFT_SWITCH"] = str(self.options.switch)
        toolchain.cache_variables["WEFT_WITH_TLS"] = bool(self.options.with_tls)
        toolchain.cache_variables["WEFT_WITH_IO_URING"] = bool(self.options.with_io_uring)
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        CMake(self).install()

    def package_info(self):
        # CMake takes weft's own package: it finds a Boost that Conan has built as well as one that the system gives,
        # which components of a recipe cannot name.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = [os.path.join("lib", "cmake", "weft")]
        # For other build systems, in link order.
        layers = (["tls"] if self.options.with_tls else []) + ["debug", "io", "sync", "fiber", "context", "log"]
        self.cpp_info.libs = [f"weft_{layer}" for layer in layers]
        self.cpp_info.system_libs = ["pthread", "dl"]
        if self.options.switch == "inline":
            self.cpp_info.defines = ["WEFT_INLINE_SWITCH"]
