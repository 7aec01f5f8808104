"""``speech`` and its files: WAV read as what it is or refused, recordings complete, and the whole model on a part."""

import struct
import wave
from dataclasses import replace

import numpy as np
import pytest
from neurolsm_models.data.fsdd import SPEAKERS, load_fsdd
from neurolsm_models.data.wav import read_wav
from neurolsm_models.speech import BANK, MODEL

from neurolsm.errors import FileRefused, NotAvailable
from neurolsm.measure.evaluation.experiment import compare_model, run_model

SOUND = np.rint(2000 * np.sin(np.arange(800) / 5)).astype("<i2")


def write(path, data=SOUND, *, channels=1, width=2, rate=8000):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(data.tobytes() if isinstance(data, np.ndarray) else data)
    return path


def test_reads_every_width_as_the_same_sound(tmp_path):
    as16 = read_wav(write(tmp_path / "16.wav"), 8000)
    assert np.array_equal(as16, SOUND / np.float32(2**15))
    as8 = read_wav(write(tmp_path / "8.wav", ((SOUND >> 8) + 128).astype(np.uint8), width=1), 8000)
    as24 = read_wav(
        write(tmp_path / "24.wav", b"".join(struct.pack("<i", int(s) << 8)[:3] for s in SOUND), width=3), 8000
    )
    as32 = read_wav(write(tmp_path / "32.wav", SOUND.astype("<i4") << 16, width=4), 8000)
    assert np.array_equal(as24, as16) and np.array_equal(as32, as16)
    assert np.abs(as8 - as16).max() < 1 / 128


def test_resamples_another_rate_aloud(tmp_path):
    t = np.arange(16000) / 16000
    path = write(tmp_path / "fast.wav", np.rint(8000 * np.sin(2 * np.pi * 440 * t)).astype("<i2"), rate=16000)
    with pytest.warns(UserWarning, match=r"fast\.wav: 16000 samples per second, resampled to 8000"):
        sound = read_wav(path, 8000)
    expected = 8000 / 2**15 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    assert sound.shape == (8000,) and np.abs(sound - expected)[100:-100].max() < 2e-3


def test_mixes_two_channels_aloud(tmp_path):
    path = write(tmp_path / "two.wav", np.stack([SOUND, np.zeros_like(SOUND)], axis=1), channels=2)
    with pytest.warns(UserWarning, match=r"two\.wav: 2 channels, taken as their mean"):
        assert np.array_equal(read_wav(path, 8000), SOUND / np.float32(2**16))


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (lambda whole: whole[:-100], "cut short, 1500 bytes of sound where the header says 1600"),
        (lambda whole: whole[:30], "not a WAV file"),
        (lambda whole: b"", "not a WAV file"),
        (lambda whole: b"ID3" + whole, "not a WAV file"),
        (lambda whole: whole[:20] + b"\x02\x00" + whole[22:], "not a WAV file.*unknown format"),
    ],
)
def test_refuses_files_that_are_not_what_they_say(tmp_path, bad, says):
    path = write(tmp_path / "a.wav")
    path.write_bytes(bad(path.read_bytes()))
    with pytest.raises(FileRefused, match=f"a.wav: {says}"):
        read_wav(path, 8000)


def test_refuses_an_empty_and_a_missing_file(tmp_path):
    with pytest.raises(FileRefused, match="holds no sample"):
        read_wav(write(tmp_path / "none.wav", SOUND[:0]), 8000)
    with pytest.raises(FileRefused, match="no such file"):
        read_wav(tmp_path / "gone.wav", 8000)


def test_missing_recordings_are_counted_and_named(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROLSM_DATA", str(tmp_path))
    with pytest.raises(NotAvailable, match=r"fsdd.*free-spoken-digit-dataset"):
        load_fsdd()
    recordings = tmp_path / "fsdd" / "recordings"
    recordings.mkdir(parents=True)
    write(recordings / "0_george_0.wav")
    with pytest.raises(NotAvailable, match=r"lacks 2999 of 3000 recordings, the first is 0_george_1\.wav"):
        load_fsdd()
    for speaker in SPEAKERS:
        for digit in range(10):
            for take in range(50):
                write(recordings / f"{digit}_{speaker}_{take}.wav")
    with pytest.raises(FileRefused, match="not those of the published recordings"):
        load_fsdd()


@pytest.fixture(scope="module")
def data():
    try:
        return MODEL.load()
    except NotAvailable as error:
        pytest.skip(str(error))


def test_the_data_are_what_the_card_says(data):
    assert data.x.shape == (3000, BANK.steps, BANK.channels)
    assert np.bincount(data.y).tolist() == [300] * 10
    assert np.bincount(data.groups).tolist() == [500] * 6
    assert data.test.sum() == 300


def test_hears_a_speaker_it_never_heard(data):
    found = run_model(replace(MODEL, load=lambda: data), samples=600)
    assert found.splits == 6 and found.train == 500 and found.test == 100
    assert found.value > 0.6  # chance is a tenth; all 3,000 recordings give more


@pytest.mark.parametrize("backend", ["reference", "brian2:numpy"])
def test_agrees_to_the_bit(data, backend):
    try:
        found = compare_model(replace(MODEL, load=lambda: data), ("emulator", backend), samples=2)
    except NotAvailable as error:
        pytest.skip(str(error))
    assert found.equal and found.spikes_compared > 1000
