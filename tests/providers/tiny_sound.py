"""Tiny random models that listen and speak: real files for the loaders that open real ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

PHONEMES = "_^$ !',-.:;?abcdefhijklmnopqrstuvwxyzæçðøħŋœɐɑɒɔɕɖəɚɛɜɡɪɹɾʃʊʌʒʔˈˌːθᵻ"
STEADY = {
    "max_new_tokens": 12, "temperature": 0.0, "condition_on_previous_text": False,
    "no_speech_threshold": 2.0, "log_prob_threshold": -1e9, "compression_ratio_threshold": 1e9,
}  # fmt: skip
"""What a Whisper needs that never ends a sentence."""


def write_whisper(folder: Path) -> Path:
    """Random weights of Whisper as faster-whisper loads them."""
    import torch
    import transformers
    from ctranslate2.converters import TransformersConverter
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    source, made = folder / "whisper-hf", folder / "whisper"
    source.mkdir(parents=True, exist_ok=True)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    named = ("endoftext", "startoftranscript", "en", "translate", "transcribe", "startoflm",
             "startofprev", "nospeech", "notimestamps")  # fmt: skip
    special = [f"<|{name}|>" for name in named] + [f"<|{i * 0.02:.2f}|>" for i in range(1501)]
    words = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(alphabet)}, merges=[]))
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    words.add_special_tokens(special)
    end, start = words.token_to_id(special[0]), words.token_to_id(special[1])
    torch.manual_seed(0)
    model = transformers.WhisperForConditionalGeneration(
        transformers.WhisperConfig(
            vocab_size=words.get_vocab_size(), num_mel_bins=80, encoder_layers=2,
            decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=2, d_model=32,
            encoder_ffn_dim=32, decoder_ffn_dim=32, max_source_positions=1500,
            max_target_positions=448, pad_token_id=end, bos_token_id=end, eos_token_id=end,
            decoder_start_token_id=start,
        )
    ).eval()  # fmt: skip
    told: Any = model.generation_config
    told.alignment_heads = [[1, 0], [1, 1]]
    told.lang_to_id = {"<|en|>": words.token_to_id("<|en|>")}
    told.suppress_tokens, told.begin_suppress_tokens = [], []
    told.no_timestamps_token_id = words.token_to_id("<|notimestamps|>")
    model.save_pretrained(source)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, eos_token=special[0], bos_token=special[0], unk_token=special[0]
    ).save_pretrained(source)
    words.save(str(source / "tokenizer.json"))
    features = {
        "feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 80,
        "sampling_rate": 16000, "n_fft": 400, "hop_length": 160, "chunk_length": 30,
        "nb_max_frames": 3000, "n_samples": 480000, "padding_value": 0.0,
    }  # fmt: skip
    (source / "preprocessor_config.json").write_text(json.dumps(features))
    TransformersConverter(str(source), copy_files=["tokenizer.json"]).convert(str(made), force=True)
    return made


def write_wav2vec2(folder: Path) -> Path:
    """Random weights of a CTC model of letters, with its tokenizer."""
    import torch
    import transformers

    made = folder / "wav2vec2"
    made.mkdir(parents=True, exist_ok=True)
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"ETAONIHSRDLUMWCFGYPBVK'XJQZ"]
    (made / "vocab.json").write_text(json.dumps({c: i for i, c in enumerate(letters)}))
    transformers.Wav2Vec2CTCTokenizer(str(made / "vocab.json")).save_pretrained(made)
    torch.manual_seed(0)
    transformers.Wav2Vec2ForCTC(
        transformers.Wav2Vec2Config(
            vocab_size=len(letters), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=37, conv_dim=(8,) * 7, num_conv_pos_embeddings=16,
            num_conv_pos_embedding_groups=2, pad_token_id=0,
        )
    ).eval().save_pretrained(made)  # fmt: skip
    return made


def write_qwen_aligner(folder: Path) -> Path:
    """Random weights of Qwen3-ForcedAligner with a tokenizer of bytes and its own chat form."""
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    made = folder / "qwen-aligner"
    made.mkdir(parents=True, exist_ok=True)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(alphabet)}, merges=[]))
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|audio_start|>", "<|audio_pad|>", "<|audio_end|>", "<timestamp>"]
    words.add_special_tokens(special)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, eos_token=special[0], pad_token=special[0],
        extra_special_tokens={
            "audio_bos_token": special[1], "audio_token": special[2], "audio_eos_token": special[3],
        },
    )  # fmt: skip
    form = (
        "{% for message in messages %}{% for part in message['content'] %}"
        "{% if part['type'] == 'audio' %}<|audio_start|><|audio_pad|><|audio_end|>"
        "{% else %}{{ part['text'] }}<timestamp><timestamp>{% endif %}"
        "{% endfor %}{% endfor %}"
    )
    transformers.Qwen3ASRProcessor(
        feature_extractor=transformers.Qwen3ASRFeatureExtractor(), tokenizer=tokenizer,
        chat_template=form,
    ).save_pretrained(made)  # fmt: skip
    torch.manual_seed(0)
    config = transformers.Qwen3ASRConfig(
        audio_config={
            "model_type": "qwen3_asr_encoder", "encoder_layers": 1, "encoder_attention_heads": 2,
            "encoder_ffn_dim": 32, "d_model": 16, "output_dim": 32, "downsample_hidden_size": 8,
        },
        text_config={
            "model_type": "qwen3", "vocab_size": len(words.get_vocab()), "hidden_size": 32,
            "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
            "num_key_value_heads": 1, "head_dim": 16,
        },
        audio_token_id=words.token_to_id(special[2]),
        timestamp_token_id=words.token_to_id(special[4]),
        num_labels=50,
    )  # fmt: skip
    transformers.Qwen3ASRForTokenClassification(config).eval().save_pretrained(made)
    return made


def write_piper(folder: Path, name: str = "tiny") -> Path:
    """A voice of Piper that sings one tone per phoneme, 2048 samples each, and tells them."""
    from onnx import TensorProto, helper

    hop, frames = 256, 4
    ramp = (np.arange(hop * frames, dtype=np.float32) * 2 * np.pi / 22050).reshape(1, 1, -1)
    constants = {
        "axis": np.array([2], np.int64), "ramp": ramp, "base": np.float32(110),
        "step": np.float32(8), "gain": np.float32(0.2), "zero": np.float32(0),
        "frames": np.float32(frames), "shape": np.array([1, 1, 1, -1], np.int64),
    }  # fmt: skip
    steps = [
        ("Cast", ["input"], "ids", {"to": TensorProto.FLOAT}),
        ("Unsqueeze", ["ids", "axis"], "ids3", {}),
        ("Mul", ["ids3", "step"], "offset", {}), ("Add", ["offset", "base"], "hz", {}),
        ("Mul", ["hz", "ramp"], "phase", {}), ("Sin", ["phase"], "wave", {}),
        ("Mul", ["wave", "gain"], "quiet", {}), ("Reshape", ["quiet", "shape"], "output", {}),
        ("Mul", ["ids", "zero"], "zeros", {}), ("Add", ["zeros", "frames"], "durations", {}),
    ]  # fmt: skip
    inputs = [("input", TensorProto.INT64, [1, "n"]), ("input_lengths", TensorProto.INT64, [1]),
              ("scales", TensorProto.FLOAT, [3])]  # fmt: skip
    outputs = [("output", TensorProto.FLOAT, [1, 1, 1, "m"]),
               ("durations", TensorProto.FLOAT, [1, "n"])]  # fmt: skip
    path = _graph(folder / f"{name}.onnx", constants, steps, inputs, outputs, helper)
    Path(f"{path}.json").write_text(
        json.dumps({
            "audio": {"sample_rate": 22050}, "espeak": {"voice": "en-us"},
            "phoneme_type": "espeak", "num_symbols": len(PHONEMES), "num_speakers": 1,
            "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
            "hop_length": hop, "phoneme_id_map": {c: [i] for i, c in enumerate(PHONEMES)},
        })
    )  # fmt: skip
    return path


def write_kokoro(folder: Path) -> tuple[Path, Path]:
    """(model, voices) of a Kokoro whose only voice is "af_test": a tenth of a second per token."""
    from onnx import TensorProto, helper

    ramp = (np.arange(2400, dtype=np.float32) * 2 * np.pi / 24000).reshape(1, 1, -1)
    constants = {
        "axis": np.array([2], np.int64), "ramp": ramp, "step": np.float32(5),
        "flat": np.array([-1], np.int64), "zero": np.array(0, np.int64),
        "four": np.array(4, np.int64),
    }  # fmt: skip
    steps = [
        ("Cast", ["tokens"], "ids", {"to": TensorProto.FLOAT}),
        ("Unsqueeze", ["ids", "axis"], "ids3", {}), ("Mul", ["ids3", "step"], "hz", {}),
        ("Mul", ["hz", "ramp"], "phase", {}), ("Sin", ["phase"], "wave", {}),
        ("ReduceMean", ["style"], "gain", {"keepdims": 0}), ("Mul", ["wave", "gain"], "scaled", {}),
        ("Reshape", ["scaled", "flat"], "audio", {}), ("Mul", ["tokens", "zero"], "zeros", {}),
        ("Add", ["zeros", "four"], "fours", {}), ("Reshape", ["fours", "flat"], "duration", {}),
    ]  # fmt: skip
    inputs = [("tokens", TensorProto.INT64, [1, "n"]), ("style", TensorProto.FLOAT, [1, 256]),
              ("speed", TensorProto.FLOAT, [1])]  # fmt: skip
    outputs = [("audio", TensorProto.FLOAT, ["m"]), ("duration", TensorProto.INT64, ["d"])]
    model = _graph(folder / "kokoro.onnx", constants, steps, inputs, outputs, helper)
    voices = folder / "voices.npz"
    np.savez(voices, af_test=np.full((510, 1, 256), 0.5, np.float32))
    return model, voices


def _graph(
    path: Path, constants: dict[str, Any], steps: list[Any], inputs: list[Any], outputs: list[Any],
    helper: Any,
) -> Path:  # fmt: skip
    import onnx
    from onnx import numpy_helper

    path.parent.mkdir(parents=True, exist_ok=True)
    nodes = [
        helper.make_node("Constant", [], [n], value=numpy_helper.from_array(np.asarray(v), n))
        for n, v in constants.items()
    ]
    nodes += [helper.make_node(kind, took, [gave], **more) for kind, took, gave, more in steps]
    told = [helper.make_tensor_value_info(*one) for one in inputs]
    gives = [helper.make_tensor_value_info(*one) for one in outputs]
    graph = helper.make_graph(nodes, path.stem, told, gives)
    sets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=sets, ir_version=8), str(path))
    return path
