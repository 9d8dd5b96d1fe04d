"""The example's problems, written for it. Each has a right body, tests, and, where it has a trap, the body that falls into it.

`generate.py` turns them into HumanEval's own format. Traps: `empty` (the body without its guard for empty input), `inplace` (a body that
changes its argument), `alias` (a nicer name that a writer is tempted to use), and `chatty` (a task worded as a question, which
tempts a writer to answer with prose around the code).
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Problem:
    """One problem. `examples` are doctest lines; `tests` are expressions over `candidate` that must hold."""

    signature: str
    task: str
    examples: tuple[tuple[str, str], ...]
    body: str
    tests: tuple[str, ...]
    empty: str | None = None
    inplace: str | None = None
    alias: str | None = None
    chatty: bool = False

    @property
    def entry_point(self) -> str:
        """The name of the function."""
        return self.signature.removeprefix("def ").partition("(")[0]


def _body(text: str) -> str:
    return dedent(text).strip("\n")


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        "def mean_of(numbers: list[float]) -> float:",
        "Return the arithmetic mean of the numbers.",
        (("mean_of([1.0, 2.0, 6.0])", "3.0"),),
        "return sum(numbers) / len(numbers) if numbers else 0.0",
        ("candidate([1.0, 3.0]) == 2.0", "candidate([5.0]) == 5.0", "candidate([]) == 0.0"),
        empty="return sum(numbers) / len(numbers)",
    ),
    Problem(
        "def longest_word(text: str) -> str:",
        "Return the longest word of a text; of several, the first.",
        (("longest_word('a long road')", "'long'"),),
        "return max(text.split(), key=len, default='')",
        (
            "candidate('one three two') == 'three'",
            "candidate('ab cd') == 'ab'",
            "candidate('') == ''",
            "candidate('   ') == ''",
        ),
        empty="return max(text.split(), key=len)",
    ),
    Problem(
        "def span(numbers: list[int]) -> int:",
        "Return the difference between the largest and the smallest number.",
        (("span([3, 9, 4])", "6"),),
        "return max(numbers) - min(numbers) if numbers else 0",
        ("candidate([7]) == 0", "candidate([-2, 5]) == 7", "candidate([]) == 0"),
        empty="return max(numbers) - min(numbers)",
    ),
    Problem(
        "def first_repeated(items: list[int]) -> int:",
        "Return the first item that occurs a second time, or -1.",
        (("first_repeated([4, 1, 4, 1])", "4"),),
        _body("""
            seen = set()
            for item in items:
                if item in seen:
                    return item
                seen.add(item)
            return -1
        """),
        ("candidate([1, 2, 2, 1]) == 2", "candidate([1, 2, 3]) == -1", "candidate([]) == -1"),
    ),
    Problem(
        "def vwl_cnt(text: str) -> int:",
        "Count the vowels (a, e, i, o, u, in either case) of a text.",
        (("vwl_cnt('Otter')", "2"),),
        "return sum(letter in 'aeiou' for letter in text.lower())",
        ("candidate('') == 0", "candidate('AEIOU') == 5", "candidate('rhythm') == 0"),
        alias="count_vowels",
    ),
    Problem(
        "def ispal(text: str) -> bool:",
        "Tell whether the letters of a text read the same backwards, ignoring case and everything that is not a letter.",
        (("ispal('Never odd or even')", "True"),),
        _body("""
            letters = [letter.lower() for letter in text if letter.isalpha()]
            return letters == letters[::-1]
        """),
        ("candidate('Anna')", "not candidate('Annas')", "candidate('')", "candidate('A man, a plan, a canal: Panama')"),
        alias="is_palindrome",
    ),
    Problem(
        "def mv_avg(numbers: list[float], width: int) -> list[float]:",
        "Return the means of all windows of the given width, from left to right.",
        (("mv_avg([1.0, 3.0, 5.0], 2)", "[2.0, 4.0]"),),
        "return [sum(numbers[i : i + width]) / width for i in range(len(numbers) - width + 1)]",
        ("candidate([2.0, 2.0], 2) == [2.0]", "candidate([1.0], 2) == []", "candidate([1.0, 2.0], 1) == [1.0, 2.0]"),
        alias="moving_average",
    ),
    Problem(
        "def roman(number: int) -> str:",
        "Could you write me a function that turns a number from 1 to 399 into Roman numerals?",
        (("roman(44)", "'XLIV'"),),
        _body("""
            signs = [(100, 'C'), (90, 'XC'), (50, 'L'), (40, 'XL'), (10, 'X'), (9, 'IX'), (5, 'V'), (4, 'IV'), (1, 'I')]
            written = ''
            for value, sign in signs:
                while number >= value:
                    written += sign
                    number -= value
            return written
        """),
        ("candidate(1) == 'I'", "candidate(399) == 'CCCXCIX'", "candidate(58) == 'LVIII'"),
        chatty=True,
    ),
    Problem(
        "def digits_sum(number: int) -> int:",
        "How would one add up the decimal digits of a whole number, whatever its sign?",
        (("digits_sum(207)", "9"),),
        "return sum(int(digit) for digit in str(abs(number)))",
        ("candidate(0) == 0", "candidate(-13) == 4", "candidate(999) == 27"),
        chatty=True,
    ),
    Problem(
        "def initials(name: str) -> str:",
        "Can you show me how to get the upper-case initials of a name, with a full stop after each?",
        (("initials('ada brenn')", "'A.B.'"),),
        "return ''.join(f'{word[0].upper()}.' for word in name.split())",
        ("candidate('x') == 'X.'", "candidate('') == ''", "candidate('jan van dyk') == 'J.V.D.'"),
        chatty=True,
    ),
    Problem(
        "def without_smallest(numbers: list[int]) -> list[int]:",
        "Return the numbers in their order without one occurrence of the smallest, the first.",
        (("without_smallest([3, 1, 2])", "[3, 2]"),),
        _body("""
            if not numbers:
                return []
            rest = list(numbers)
            rest.remove(min(rest))
            return rest
        """),
        (
            "candidate([1, 1]) == [1]",
            "(lambda given: (candidate(given), given)[1])([2, 1]) == [2, 1]",
            "candidate([5]) == []",
        ),
        inplace=_body("""
            if not numbers:
                return []
            numbers.remove(min(numbers))
            return numbers
        """),
    ),
    Problem(
        "def top_three(scores: list[int]) -> list[int]:",
        "Return the three highest scores, the highest first.",
        (("top_three([4, 9, 1, 7])", "[9, 7, 4]"),),
        "return sorted(scores, reverse=True)[:3]",
        (
            "candidate([1]) == [1]",
            "candidate([]) == []",
            "(lambda given: (candidate(given), given)[1])([1, 2]) == [1, 2]",
        ),
        inplace=_body("""
            scores.sort(reverse=True)
            return scores[:3]
        """),
    ),
    Problem(
        "def merged(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:",
        "Return both dictionaries as one, with the values of common keys added.",
        (("merged({'a': 1}, {'a': 2, 'b': 3})", "{'a': 3, 'b': 3}"),),
        _body("""
            total = dict(first)
            for key, value in second.items():
                total[key] = total.get(key, 0) + value
            return total
        """),
        (
            "candidate({}, {}) == {}",
            "candidate({'x': 1}, {'y': 1}) == {'x': 1, 'y': 1}",
            "(lambda given: (candidate(given, {'a': 1}), given)[1])({'a': 1}) == {'a': 1}",
        ),
        inplace=_body("""
            for key, value in second.items():
                first[key] = first.get(key, 0) + value
            return first
        """),
    ),
    Problem(
        "def clamp(value: float, low: float, high: float) -> float:",
        "Return the value, or the nearer bound where it lies outside of them.",
        (("clamp(7.0, 0.0, 5.0)", "5.0"),),
        "return max(low, min(high, value))",
        ("candidate(-1.0, 0.0, 5.0) == 0.0", "candidate(2.0, 0.0, 5.0) == 2.0"),
    ),
    Problem(
        "def run_lengths(text: str) -> list[tuple[str, int]]:",
        "Return each run of equal characters with its length.",
        (("run_lengths('aab')", "[('a', 2), ('b', 1)]"),),
        _body("""
            runs: list[tuple[str, int]] = []
            for letter in text:
                if runs and runs[-1][0] == letter:
                    runs[-1] = (letter, runs[-1][1] + 1)
                else:
                    runs.append((letter, 1))
            return runs
        """),
        ("candidate('') == []", "candidate('abba') == [('a', 1), ('b', 2), ('a', 1)]"),
    ),
    Problem(
        "def transpose(table: list[list[int]]) -> list[list[int]]:",
        "Swap the rows and the columns of a table.",
        (("transpose([[1, 2], [3, 4]])", "[[1, 3], [2, 4]]"),),
        "return [list(column) for column in zip(*table)]",
        ("candidate([[1, 2, 3]]) == [[1], [2], [3]]", "candidate([]) == []"),
        empty="return [[row[column] for row in table] for column in range(len(table[0]))]",
    ),
    Problem(
        "def common_prefix(words: list[str]) -> str:",
        "Is there a short way to find the longest prefix that all of the words share?",
        (("common_prefix(['lane', 'lantern'])", "'lan'"),),
        _body("""
            if not words:
                return ''
            prefix = words[0]
            for word in words[1:]:
                while not word.startswith(prefix):
                    prefix = prefix[:-1]
            return prefix
        """),
        ("candidate(['a', 'b']) == ''", "candidate(['same', 'same']) == 'same'", "candidate([]) == ''"),
        empty=_body("""
            prefix = words[0]
            for word in words[1:]:
                while not word.startswith(prefix):
                    prefix = prefix[:-1]
            return prefix
        """),
        chatty=True,
    ),
    Problem(
        "def last_wd(text: str) -> str:",
        "Return the last word of a text without the punctuation that may follow it.",
        (("last_wd('Mind the gap!')", "'gap'"),),
        _body("""
            words = text.rstrip(' .,!?').split()
            return words[-1] if words else ''
        """),
        ("candidate('one') == 'one'", "candidate('') == ''", "candidate('so, so...') == 'so'"),
        empty="return text.rstrip(' .,!?').split()[-1]",
        alias="last_word",
    ),
    Problem(
        "def srt_len(words: list[str]) -> list[str]:",
        "Return the words sorted by length, equally long ones in their order.",
        (("srt_len(['ccc', 'a', 'bb'])", "['a', 'bb', 'ccc']"),),
        "return sorted(words, key=len)",
        (
            "candidate([]) == []",
            "candidate(['b', 'a']) == ['b', 'a']",
            "(lambda given: (candidate(given), given)[1])(['bb', 'a']) == ['bb', 'a']",
        ),
        inplace=_body("""
            words.sort(key=len)
            return words
        """),
        alias="sort_by_length",
    ),
    Problem(
        "def shift(text: str, by: int) -> str:",
        "What does a Caesar cipher look like in Python? It moves the letters a to z on, around the end, and leaves everything else.",
        (("shift('abz!', 1)", "'bca!'"),),
        "return ''.join(chr((ord(c) - 97 + by) % 26 + 97) if 'a' <= c <= 'z' else c for c in text)",
        ("candidate('', 3) == ''", "candidate('bca', -1) == 'abz'", "candidate('A b', 26) == 'A b'"),
        chatty=True,
    ),
    Problem(
        "def rotate(items: list[int], steps: int) -> list[int]:",
        "Return the items moved to the right by some steps; those that fall off the end come in at the front.",
        (("rotate([1, 2, 3], 1)", "[3, 1, 2]"),),
        _body("""
            if not items:
                return []
            cut = -steps % len(items)
            return items[cut:] + items[:cut]
        """),
        ("candidate([1, 2], 2) == [1, 2]", "candidate([1, 2, 3], 4) == [3, 1, 2]", "candidate([], 5) == []"),
        empty=_body("""
            cut = -steps % len(items)
            return items[cut:] + items[:cut]
        """),
    ),
    Problem(
        "def mode(numbers: list[int]) -> int:",
        "Return the most frequent number; of several, the smallest. Return 0 where there is none.",
        (("mode([2, 1, 2])", "2"),),
        "return min(numbers, key=lambda number: (-numbers.count(number), number), default=0)",
        ("candidate([3, 1]) == 1", "candidate([]) == 0", "candidate([4, 4, 5, 5]) == 4"),
        empty="return min(numbers, key=lambda number: (-numbers.count(number), number))",
    ),
    Problem(
        "def chunked(items: list[int], size: int) -> list[list[int]]:",
        "How can I cut a list into pieces of a given size, with the rest in a last, shorter piece?",
        (("chunked([1, 2, 3], 2)", "[[1, 2], [3]]"),),
        "return [items[start : start + size] for start in range(0, len(items), size)]",
        ("candidate([], 3) == []", "candidate([1, 2], 2) == [[1, 2]]"),
        chatty=True,
    ),
    Problem(
        "def gcd_all(numbers: list[int]) -> int:",
        "Return the greatest common divisor of all numbers; 0 where there are none.",
        (("gcd_all([12, 18])", "6"),),
        _body("""
            result = 0
            for number in numbers:
                while number:
                    result, number = number, result % number
            return result
        """),
        ("candidate([7]) == 7", "candidate([]) == 0", "candidate([8, 12, 20]) == 4"),
        empty=_body("""
            result = numbers[0]
            for number in numbers[1:]:
                while number:
                    result, number = number, result % number
            return result
        """),
    ),
    Problem(
        "def cap_wds(text: str) -> str:",
        "Could you tell me how to write each word of a text with a capital letter, and the rest of it in small letters?",
        (("cap_wds('the OLD town')", "'The Old Town'"),),
        "return ' '.join(word.capitalize() for word in text.split(' '))",
        ("candidate('') == ''", "candidate('a') == 'A'", "candidate('x  y') == 'X  Y'"),
        alias="capitalize_words",
        chatty=True,
    ),
    Problem(
        "def dedupe(items: list[str]) -> list[str]:",
        "Return the items without repetitions, in the order of their first occurrence.",
        (("dedupe(['b', 'a', 'b'])", "['b', 'a']"),),
        "return list(dict.fromkeys(items))",
        (
            "candidate([]) == []",
            "candidate(['x', 'x']) == ['x']",
            "(lambda given: (candidate(given), given)[1])(['x', 'x']) == ['x', 'x']",
        ),
        inplace=_body("""
            for index in range(len(items) - 1, -1, -1):
                if items[index] in items[:index]:
                    del items[index]
            return items
        """),
    ),
    Problem(
        "def balanced(text: str) -> bool:",
        "Tell whether the round brackets of a text match.",
        (("balanced('(a)(b')", "False"),),
        _body("""
            depth = 0
            for letter in text:
                depth += (letter == '(') - (letter == ')')
                if depth < 0:
                    return False
            return depth == 0
        """),
        ("candidate('')", "not candidate(')(')", "candidate('((x))')"),
    ),
    Problem(
        "def fib_lst(count: int) -> list[int]:",
        "Return the first Fibonacci numbers, beginning with 0 and 1.",
        (("fib_lst(5)", "[0, 1, 1, 2, 3]"),),
        _body("""
            numbers = [0, 1]
            while len(numbers) < count:
                numbers.append(numbers[-1] + numbers[-2])
            return numbers[:count]
        """),
        ("candidate(0) == []", "candidate(1) == [0]", "candidate(7)[-1] == 8"),
        alias="fibonacci_numbers",
    ),
    Problem(
        "def sec_max(numbers: list[int]) -> int:",
        "Return the second largest of the different numbers, or 0 where there is none.",
        (("sec_max([4, 9, 9, 2])", "4"),),
        _body("""
            different = sorted(set(numbers))
            return different[-2] if len(different) > 1 else 0
        """),
        ("candidate([1, 2]) == 1", "candidate([5, 5]) == 0", "candidate([]) == 0"),
        empty="return sorted(set(numbers))[-2]",
        alias="second_largest",
    ),
    Problem(
        "def flattened(table: list[list[int]]) -> list[int]:",
        "What is the usual way to put the items of all inner lists into one list?",
        (("flattened([[1], [2, 3]])", "[1, 2, 3]"),),
        "return [item for row in table for item in row]",
        (
            "candidate([]) == []",
            "(lambda given: (candidate(given), given)[1])([[1], [2]]) == [[1], [2]]",
            "candidate([[], [4]]) == [4]",
        ),
        inplace=_body("""
            if not table:
                return []
            for row in table[1:]:
                table[0].extend(row)
            return table[0]
        """),
        chatty=True,
    ),
    Problem(
        "def is_leap(year: int) -> bool:",
        "Tell whether a year of the Gregorian calendar is a leap year.",
        (("is_leap(2024)", "True"),),
        "return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)",
        ("not candidate(1900)", "candidate(2000)", "not candidate(2023)"),
    ),
    Problem(
        "def closest_pair(numbers: list[float]) -> float:",
        "Return the smallest distance between two of the numbers, or 0.0 where there are fewer than two.",
        (("closest_pair([1.0, 4.0, 6.0])", "2.0"),),
        _body("""
            ordered = sorted(numbers)
            return min((right - left for left, right in zip(ordered, ordered[1:])), default=0.0)
        """),
        ("candidate([3.0]) == 0.0", "candidate([]) == 0.0", "candidate([5.0, 1.0, 2.0]) == 1.0"),
        empty=_body("""
            ordered = sorted(numbers)
            return min(right - left for left, right in zip(ordered, ordered[1:]))
        """),
    ),
    Problem(
        "def parse_kv(text: str) -> dict[str, str]:",
        "Read lines of the form `key = value` into a dictionary; other lines do not count.",
        (("parse_kv('a = 1')", "{'a': '1'}"),),
        _body("""
            found = {}
            for line in text.splitlines():
                key, sign, value = line.partition('=')
                if sign:
                    found[key.strip()] = value.strip()
            return found
        """),
        ("candidate('') == {}", "candidate('x=1\\n\\ny = 2') == {'x': '1', 'y': '2'}", "candidate('none') == {}"),
        alias="parse_key_values",
    ),
    Problem(
        "def bin_str(number: int) -> str:",
        "Would you know how to write a number that is not negative in binary, without any prefix?",
        (("bin_str(5)", "'101'"),),
        "return format(number, 'b')",
        ("candidate(0) == '0'", "candidate(8) == '1000'", "candidate(1) == '1'"),
        alias="to_binary",
        chatty=True,
    ),
    Problem(
        "def weighted(values: list[float], weights: list[float]) -> float:",
        "Return the mean of the values by their weights.",
        (("weighted([1.0, 3.0], [1.0, 3.0])", "2.5"),),
        _body("""
            total = sum(weights)
            return sum(v * w for v, w in zip(values, weights)) / total if total else 0.0
        """),
        ("candidate([4.0], [2.0]) == 4.0", "candidate([], []) == 0.0"),
        empty="return sum(v * w for v, w in zip(values, weights)) / sum(weights)",
    ),
    Problem(
        "def interleave(first: list[int], second: list[int]) -> list[int]:",
        "Return the items of both lists in turn, then what is left of the longer one.",
        (("interleave([1, 3], [2, 4, 5])", "[1, 2, 3, 4, 5]"),),
        _body("""
            mixed = [item for pair in zip(first, second) for item in pair]
            shorter = min(len(first), len(second))
            return mixed + first[shorter:] + second[shorter:]
        """),
        (
            "candidate([], [1]) == [1]",
            "(lambda given: (candidate(given, [2]), given)[1])([1]) == [1]",
            "candidate([1], []) == [1]",
        ),
        inplace=_body("""
            mixed = []
            while first and second:
                mixed += [first.pop(0), second.pop(0)]
            return mixed + first + second
        """),
    ),
    Problem(
        "def minmax(numbers: list[int]) -> tuple[int, int]:",
        "How do I get the smallest and the largest number at once, and two zeros where there are none?",
        (("minmax([3, 1, 2])", "(1, 3)"),),
        "return (min(numbers), max(numbers)) if numbers else (0, 0)",
        ("candidate([4]) == (4, 4)", "candidate([]) == (0, 0)"),
        empty="return (min(numbers), max(numbers))",
        chatty=True,
    ),
    Problem(
        "def bubble(numbers: list[int]) -> list[int]:",
        "Please, how does bubble sort work? It should give the numbers in ascending order.",
        (("bubble([2, 3, 1])", "[1, 2, 3]"),),
        _body("""
            ordered = list(numbers)
            for end in range(len(ordered) - 1, 0, -1):
                for i in range(end):
                    if ordered[i] > ordered[i + 1]:
                        ordered[i], ordered[i + 1] = ordered[i + 1], ordered[i]
            return ordered
        """),
        (
            "candidate([]) == []",
            "candidate([1, 1]) == [1, 1]",
            "(lambda given: (candidate(given), given)[1])([2, 1]) == [2, 1]",
        ),
        inplace=_body("""
            for end in range(len(numbers) - 1, 0, -1):
                for i in range(end):
                    if numbers[i] > numbers[i + 1]:
                        numbers[i], numbers[i + 1] = numbers[i + 1], numbers[i]
            return numbers
        """),
        chatty=True,
    ),
    Problem(
        "def hms(seconds: int) -> str:",
        "Write a number of seconds as hours, minutes and seconds, as in `1:02:03`.",
        (("hms(3723)", "'1:02:03'"),),
        "return f'{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}'",
        ("candidate(0) == '0:00:00'", "candidate(59) == '0:00:59'", "candidate(36000) == '10:00:00'"),
    ),
    Problem(
        "def anagram(first: str, second: str) -> bool:",
        "Tell whether two words are made of the same letters.",
        (("anagram('listen', 'silent')", "True"),),
        "return sorted(first) == sorted(second)",
        ("candidate('', '')", "not candidate('a', 'aa')", "not candidate('ab', 'cd')"),
    ),
)
