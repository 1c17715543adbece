"""Text normalization, phrase splitting and phonemes."""

import pytest

from studio.speech.phonemes import MAX_PHONEMES, phonemize
from studio.speech.text_normalization import normalize


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("It costs $5.99, 50% off!", "It costs five dollars and ninety-nine cents, fifty percent off!"),
        ("In 1984 there were 1,234.", "In nineteen eighty-four there were one thousand two hundred thirty-four."),
        ("2026-11-21 at 10:30am", "November twenty-first, twenty twenty-six at ten thirty ay em"),
        ("The 1990s and the 21st", "The nineteen nineties and the twenty-first"),
        ("€5, £3.50, $1.5M", "five euros, three pounds and fifty pence, one point five million dollars"),
        ("-7°C and 3/4 of 5kg", "minus seven degrees Celsius and three quarters of five kilograms"),
        ("Version 1.2.3, #1", "Version one dot two dot three, number one"),
        ("See https://example.com/docs?q=1.", "See example dot com slash docs."),
        ("Mail joe@example.com now", "Mail joe at example dot com now"),
        ("Dr. Smith vs. Mrs. Jones, e.g. here", "Doctor Smith versus Missis Jones, for example here"),
        ("A&B = e + 2", "A and B equals e plus two"),
        ("Call 555-1234", "Call five five five one two three four"),
        ("HELLO WORLD OF NOISE", "hello world of noise"),
        ("NASA and IBM", "NASA and IBM"),
        ("snake_case and **bold** `code`", "snake case and bold code"),
        ("McDonald likes OpenAI", "McDonald likes Open AI"),
        ('Wait <break time="1s"/> [laughs] for it', "Wait, for it"),
        ("Nice 😀👩‍💻 work ❤️!", "Nice work!"),
        ("naïve café, Łódź, Straße", "naive cafe, Lodz, Strasse"),
        ("Привет мир", "Privet mir"),
        ("안녕 こんに नमस्ते", "annyeong konni namaste"),
        ("nooooooooo!!!!!!", "nooo!"),
        ("1" * 20, " ".join(["one"] * 20)),
    ],
)
def test_text_is_normalized_to_words(written: str, said: str) -> None:
    assert normalize(written).text == said


@pytest.mark.parametrize("written", ["", " ", "!!!", "👍🎉", "- -", "'", "\x00\ud7ff", "()[]{}"])
def test_a_text_without_words_becomes_empty(written: str) -> None:
    assert normalize(written).text == ""


def test_characters_that_cannot_be_read_are_returned() -> None:
    result = normalize("Hello 你好")

    assert result.text == "Hello"
    assert result.unreadable == "你好"


@pytest.mark.parametrize("written", ["𓀀𓀁", "𒀀𒀁", "ᐊᐃ", "你好"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_letters_without_a_known_sound_are_returned_in_any_script(written: str, language: str) -> None:
    result = normalize(f"Hi {written} and {written}", language=language)

    assert result.text == "Hi and"
    assert result.unreadable == written * 2


def test_letters_of_a_script_that_the_table_of_its_vowels_lacks_are_read_by_their_names() -> None:
    assert normalize("ٹیسٹ ں").text == "ttehysatteh noon"


def test_repeated_letters_that_are_left_out_are_counted() -> None:
    assert normalize("nooooooooo!!!!!!").repeated == 6
    assert normalize("a" * 4000).repeated == 3997
    assert normalize("aaa bookkeeper").repeated == 0


def test_a_very_long_word_keeps_every_letter() -> None:
    written = "abcdefghijklmnopqrstuvwxyz" * 150

    words = normalize(written).text

    assert words.replace(" ", "") == written
    assert max(map(len, words.split())) <= 15


@pytest.mark.parametrize(
    ("written", "limitation"),
    [
        ("Nice 😀👩‍💻 work ❤️!", "emoji and symbols are not spoken: 😀👩💻❤"),
        ("Wait [laughs] for [sighs] it", "directions in brackets are not simulated: [laughs], [sighs]"),
        ("See https://example.com/docs?q=1.", "of a URL, the query and a path of more than 30 characters"),
        (f"See example.com/{'x' * 31}", "of a URL, the query and a path of more than 30 characters"),
    ],
)
def test_what_is_left_out_on_purpose_is_reported(written: str, limitation: str) -> None:
    (only,) = normalize(written).limitations

    assert only.startswith(limitation)


@pytest.mark.parametrize("written", ["Is it https://example.com/docs?", "© 2026 Ⓐ ™ 20°", "[a] (b) #1 — «c»"])
def test_what_is_spoken_is_not_noted(written: str) -> None:
    assert normalize(written).limitations == ()


def test_no_digit_remains() -> None:
    text = normalize("v2 2x 3rd4 1e9 0x1F 12:99 99/99/99 1.2.3.4 5'10\" x2y3 $ 5 1/0 ٣ Ⅷ ½").text

    assert not any(letter.isdigit() for letter in text)


def test_long_text_is_split_into_phrases_within_the_limit_of_the_model() -> None:
    text = normalize("word " * 500 + "one, two. " + "x" * 700 + " y" * 400).text

    lengths = [len(phonemes) for _, phonemes in phonemize(text)]

    assert max(lengths) <= MAX_PHONEMES
    assert len(lengths) > 8


@pytest.mark.parametrize("language", ["en", "es", "it"])
def test_a_word_of_a_thousand_letters_is_read_to_its_end(language: str) -> None:
    text = normalize("banana" * 200, language=language).text

    phrases = list(phonemize(text, language=language))

    assert "".join(words for words, _ in phrases).replace(" ", "") == "banana" * 200
    assert sum(len(phonemes) for _, phonemes in phrases) > 1000
    assert max(len(phonemes) for _, phonemes in phrases) <= MAX_PHONEMES


def test_each_sentence_is_its_own_phrase() -> None:
    assert [text for text, _ in phonemize("One is here. Is two? Yes!")] == ["One is here.", "Is two?", "Yes!"]


@pytest.mark.parametrize(
    ("language", "text", "sounds"),
    [
        ("es", "¿Cómo estás, niño?", "kˈomo estˈas, nˈiɲo?"),
        ("es", "guitarra, ciudad", "ɡitˈara, θjuðˈad"),
        ("it", "Buongiorno, la città", "bwonʤˈorno, lˈa ʧitːˈa"),
        ("it", "gnocchi e famiglia", "ɲˈokːi ˈe famˈiʎa"),
    ],
)
def test_spanish_and_italian_are_read_by_their_own_rules(language: str, text: str, sounds: str) -> None:
    assert (
        "".join(phonemes for _, phonemes in phonemize(normalize(text, language=language).text, language=language))
        == sounds
    )
