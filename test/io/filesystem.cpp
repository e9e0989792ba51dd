// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_files.hpp"
#include "io/support_io.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <string>

namespace fs = weft::filesystem;
using namespace weft::test;

namespace
{

struct a_directory : weft::test::clean_descriptors
{
    weft::test::fresh_directory directory;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(filesystem_calls, a_directory)

BOOST_AUTO_TEST_CASE(V15_move_copy_erase_size)
{
    run_fibers([this] {
        const auto one = directory / "one";
        const auto two = directory / "two";
        put(one, "text");
        BOOST_TEST(fs::exists(one));
        BOOST_TEST(!fs::exists(two));
        BOOST_TEST((fs::status(one).type() == fs::file_type::regular));
        BOOST_TEST(fs::file_size(one) == 4U);
        fs::rename(one, two);
        BOOST_TEST(!fs::exists(one));
        fs::copy(two, one);
        BOOST_TEST(content_of(one) == "text");
        BOOST_TEST(error_of([&] { fs::copy(two, one); }) == errc::file_exists);
        put(two, "new");
        fs::copy(two, one, fs::copy_options::overwrite_existing);
        BOOST_TEST(content_of(one) == "new");
        BOOST_TEST(fs::remove(one));
        BOOST_TEST(!fs::remove(one));
        BOOST_TEST(fs::create_directory(one));
        BOOST_TEST(!fs::create_directory(one));
        BOOST_TEST(fs::create_directories(one / "a" / "b"));
        BOOST_TEST(error_of([&] { fs::remove(one); }) == errc::directory_not_empty);
        BOOST_TEST(fs::remove_all(one) == 3U);
    });
}

BOOST_AUTO_TEST_CASE(errors)
{
    run_fibers([this] {
        const auto none = directory / "none";
        BOOST_TEST(error_of([&] { fs::rename(none, directory / "x"); }) == errc::no_such_file_or_directory);
        BOOST_TEST(error_of([&] { fs::file_size(none); }) == errc::no_such_file_or_directory);
        BOOST_TEST(error_of([&] { fs::directory_iterator entries(none); }) == errc::no_such_file_or_directory);
        error_code error;
        fs::copy(none, directory / "x", fs::copy_options::none, error);
        BOOST_TEST(error == errc::no_such_file_or_directory);
        BOOST_TEST((fs::directory_iterator(none, error) == fs::directory_iterator()));
        BOOST_TEST(error == errc::no_such_file_or_directory);
        try
        {
            fs::file_size(none);
            BOOST_ERROR("has a size");
        }
        catch (const boost::system::system_error& failure)
        {
            BOOST_TEST(std::string(failure.what()).find(none.string()) != std::string::npos);
        }
        weft::fiber canceled([&] {
            fs::remove_all(directory.path(), error);
            fs::exists(none, error);
        });
        canceled.cancel();
        canceled.join();
        BOOST_TEST(error == aborted);
        BOOST_TEST(fs::exists(directory.path()));
    });
}

BOOST_AUTO_TEST_CASE(directories_are_walked)
{
    run_fibers([this] {
        std::set<std::string> expected;
        for (int i = 0; i < 300; ++i) // more than are read at once
        {
            const auto name = std::to_string(i);
            put(directory.path() / name, "x");
            expected.insert(name);
        }
        std::set<std::string> found;
        for (const auto& entry : fs::directory_iterator(directory.path()))
        {
            BOOST_TEST(entry.is_regular_file());
            found.insert(entry.path().filename().string());
        }
        BOOST_TEST(found == expected, boost::test_tools::per_element());

        const auto inner = directory / "inner";
        fs::create_directories(inner / "most");
        put(inner / "most" / "leaf", "x");
        std::size_t count = 0;
        int deepest = 0;
        for (auto place = fs::recursive_directory_iterator(directory.path());
             place != fs::recursive_directory_iterator(); ++place)
        {
            ++count;
            deepest = std::max(deepest, place.depth());
        }
        BOOST_TEST(count == 303U);
        BOOST_TEST(deepest == 2);
        BOOST_TEST((fs::directory_iterator(inner / "most" / ".") != fs::directory_iterator()));
    });
}

BOOST_AUTO_TEST_CASE(an_empty_directory)
{
    run_fibers([this] { BOOST_TEST((fs::directory_iterator(directory.path()) == fs::directory_iterator())); });
    BOOST_TEST((fs::recursive_directory_iterator(directory.path()) == fs::recursive_directory_iterator()));
}

BOOST_AUTO_TEST_SUITE_END()
