// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "fuzz/targets.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>

// What fuzzing has found worth keeping, in every build and without libFuzzer.

namespace
{

struct named_target
{
    const char* name;
    void (*run)(std::string_view);
};

std::ostream& operator<<(std::ostream& out, const named_target& which)
{
    return out << which.name;
}

constexpr std::array all{
    named_target{"buffered_streams", weft::fuzz::buffered_streams},
    named_target{"passed_descriptors", weft::fuzz::passed_descriptors},
    named_target{"range_headers", weft::fuzz::range_headers},
    named_target{"redis_replies", weft::fuzz::redis_replies},
    named_target{"request_targets", weft::fuzz::request_targets},
    named_target{"socks_messages", weft::fuzz::socks_messages},
};

} // namespace

BOOST_AUTO_TEST_SUITE(fuzz_corpus)

BOOST_DATA_TEST_CASE(holds, boost::unit_test::data::make(all), target)
{
    target.run("");
    int files = 0;
    for (const auto& each : std::filesystem::directory_iterator(std::filesystem::path(WEFT_FUZZ_CORPUS) / target.name))
    {
        BOOST_TEST_CONTEXT(each.path())
        {
            std::ifstream file(each.path(), std::ios::binary);
            const std::string input{std::istreambuf_iterator<char>(file), {}};
            BOOST_REQUIRE(file);
            // Every beginning of it too, so that whatever it holds also ends early.
            for (std::size_t size = 0; size <= input.size(); ++size)
            {
                target.run(std::string_view(input).substr(0, size));
            }
            ++files;
        }
    }
    BOOST_TEST(files > 0);
}

BOOST_AUTO_TEST_SUITE_END()
