// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_IO_SUPPORT_FILE_BODY_HPP
#define WEFT_TEST_IO_SUPPORT_FILE_BODY_HPP

#include <weft/io/file.hpp>

#include "io/support_files.hpp"
#include "support/errors.hpp"

#include <boost/asio.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace weft::test
{

/// What is read and written is the same whichever way it takes. The file is not there yet.
inline void use_reads_and_writes(const std::filesystem::path& name)
{
    namespace asio = boost::asio;
    using boost::system::error_code;
    file both(name, file::read_write | file::create | file::exclusive);
    BOOST_TEST(both.write(asio::buffer("0123456789", 10)) == 10U);
    std::string begin = "ab";
    std::string end = "cd";
    BOOST_TEST(both.write(std::array{asio::buffer(begin), asio::buffer(end, 0), asio::buffer(end)}) == 4U);
    BOOST_TEST(content_of(name) == "0123456789abcd");
    BOOST_TEST(both.size() == 14U);

    std::string text(4, '\0');
    error_code error;
    BOOST_TEST(both.read_some(asio::buffer(text), error) == 0U);
    BOOST_TEST(error == asio::error::eof);
    BOOST_TEST(both.read_some(asio::buffer(text)) == 0U);
    BOOST_TEST(both.read_some(asio::mutable_buffer(), error) == 0U);
    BOOST_TEST(!error);
    BOOST_TEST(both.write(asio::const_buffer()) == 0U);

    BOOST_TEST(both.seek(2) == 2U);
    BOOST_TEST(both.read(asio::buffer(text)) == 4U);
    BOOST_TEST(text == "2345");
    BOOST_TEST(both.seek(-1, file::seek_basis::current) == 5U);
    BOOST_TEST(both.read_at(10, std::array{asio::buffer(begin), asio::buffer(end)}) == 4U);
    BOOST_TEST(begin + end == "abcd");
    BOOST_TEST(both.read_at(12, asio::buffer(text), error) == 2U);
    BOOST_TEST(error == asio::error::eof);
    BOOST_TEST(text == "cd45");
    BOOST_TEST(both.write_at(1, asio::buffer("X", 1)) == 1U);
    BOOST_TEST(both.read_some_at(0, asio::buffer(text)) == 4U);
    BOOST_TEST(text == "0X23");
    BOOST_TEST(both.write_some_at(20, asio::buffer("Y", 1)) == 1U);
    BOOST_TEST(both.seek(-1, file::seek_basis::end) == 20U);
    BOOST_TEST(both.read_some(asio::buffer(text)) == 1U);
    BOOST_TEST(text == "YX23");
    BOOST_TEST(both.read_at(~std::uint64_t{0}, asio::buffer(text), error) == 0U);
    BOOST_TEST(error.failed());
    BOOST_TEST(both.seek(0, file::seek_basis::current) == 21U);

    // More buffers than go to the system at once, and Asio's own algorithms.
    std::array<char, 50> letters;
    std::vector<asio::mutable_buffer> each;
    for (auto& letter : letters)
    {
        letter = static_cast<char>('A' + each.size() % 26);
        each.emplace_back(&letter, 1);
    }
    both.seek(0);
    BOOST_TEST(both.write(each) == 50U);
    letters.fill(' ');
    BOOST_TEST(both.read_at(0, each) == 50U);
    BOOST_TEST(letters.front() == 'A');
    BOOST_TEST(letters.back() == 'X');
    both.seek(0);
    BOOST_TEST(both.write_some(each) > 0U);
    both.seek(0);
    std::string all;
    BOOST_TEST(asio::read_until(both, asio::dynamic_buffer(all), "XYZ") == 26U);
    std::string part(5, '\0');
    BOOST_TEST(asio::read_at(both, 5, asio::buffer(part)) == 5U);
    BOOST_TEST(part == "FGHIJ");
    both.seek(0);
    asio::write(both, asio::buffer(part));
    asio::write_at(both, 45, asio::buffer(part));

    both.sync();
    both.datasync();
    both.resize(3);
    BOOST_TEST(content_of(name) == "FGH");
    both.allocate(0, 8192);
    BOOST_TEST(both.size() == 8192U);
    BOOST_TEST(both.stat().st_blocks >= 16);
    both.close();
    BOOST_TEST(!both.is_open());
    BOOST_TEST(error_of([&] { both.close(); }) == errc::bad_file_descriptor);
    BOOST_TEST(error_of([&] { both.read(asio::buffer(part)); }) == errc::bad_file_descriptor);
}

} // namespace weft::test

#endif
