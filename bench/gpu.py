"""Peak memory and time of local models at their real size, with random weights: bench/gpu.py.

    .venv.engines/bin/python bench/gpu.py [sdxl flux wan wan-14b] [--steps 8] [--most-gib 24]

Weights are random numbers in bfloat16 in the shapes of the published configurations, made and run
by the worker's own code: memory and time are those of the real ones, pictures are noise. Needs
CUDA; without it says so and ends. `--most-gib` lets the device seem smaller: it tells what is then
given up.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CLIP_L = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
          "num_attention_heads": 12, "projection_dim": 768, "vocab_size": 49408}  # fmt: skip
CLIP_G = {"hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32,
          "num_attention_heads": 20, "projection_dim": 1280, "vocab_size": 49408}  # fmt: skip
T5_XXL = {"vocab_size": 32128, "d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24,
          "num_heads": 64, "feed_forward_proj": "gated-gelu"}  # fmt: skip
UMT5_XXL = T5_XXL | {"vocab_size": 256384}
SDXL_UNET = {
    "sample_size": 128, "in_channels": 4, "out_channels": 4, "layers_per_block": 2,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "block_out_channels": (320, 640, 1280), "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048, "use_linear_projection": True,
    "transformer_layers_per_block": (1, 2, 10), "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816,
}  # fmt: skip
VAE = {
    "block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "sample_size": 1024,
    "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
}  # fmt: skip
SDXL_VAE = VAE | {"latent_channels": 4, "scaling_factor": 0.13025}
FLUX_VAE = VAE | {"latent_channels": 16, "scaling_factor": 0.3611, "shift_factor": 0.1159,
                  "use_quant_conv": False, "use_post_quant_conv": False}  # fmt: skip
FLUX = {"num_layers": 19, "num_single_layers": 38, "num_attention_heads": 24,
        "attention_head_dim": 128, "joint_attention_dim": 4096, "pooled_projection_dim": 768,
        "in_channels": 64}  # fmt: skip
WAN_1_3B = {"num_attention_heads": 12, "attention_head_dim": 128, "ffn_dim": 8960,
            "num_layers": 30, "text_dim": 4096, "freq_dim": 256, "cross_attn_norm": True,
            "qk_norm": "rms_norm_across_heads"}  # fmt: skip
WAN_14B = WAN_1_3B | {"num_attention_heads": 40, "ffn_dim": 13824, "num_layers": 40}

CASES: dict[str, dict[str, Any]] = {
    "sdxl": {"width": 1344, "height": 768},
    "flux": {"width": 1344, "height": 768, "max_sequence_length": 256},
    "wan": {"width": 832, "height": 480, "num_frames": 81, "max_sequence_length": 512},
    "wan-14b": {"width": 1280, "height": 720, "num_frames": 81, "max_sequence_length": 512},
}
"""What is asked of each: the usual size of a film's picture or clip."""


def sdxl(diffusers: Any, transformers: Any) -> Any:
    """Stable Diffusion XL: 2.6 billion numbers in its network, 0.8 in its two text models."""
    return diffusers.StableDiffusionXLPipeline(
        unet=diffusers.UNet2DConditionModel(**SDXL_UNET), vae=diffusers.AutoencoderKL(**SDXL_VAE),
        scheduler=_scheduler(diffusers.EulerDiscreteScheduler),
        text_encoder=transformers.CLIPTextModel(_clip(transformers, CLIP_L)),
        text_encoder_2=transformers.CLIPTextModelWithProjection(_clip(transformers, CLIP_G)),
        tokenizer=_tokenizer(transformers, 77), tokenizer_2=_tokenizer(transformers, 77),
    )  # fmt: skip


def flux(diffusers: Any, transformers: Any) -> Any:
    """FLUX.1: 11.9 billion numbers in its network, 4.8 in its text models."""
    config = transformers.T5Config(**T5_XXL)
    return diffusers.FluxPipeline(
        transformer=diffusers.FluxTransformer2DModel(**FLUX),
        vae=diffusers.AutoencoderKL(**FLUX_VAE),
        scheduler=_scheduler(diffusers.FlowMatchEulerDiscreteScheduler),
        text_encoder=transformers.CLIPTextModel(_clip(transformers, CLIP_L)),
        text_encoder_2=transformers.T5EncoderModel(config),
        tokenizer=_tokenizer(transformers, 77), tokenizer_2=_tokenizer(transformers, 512),
    )  # fmt: skip


def wan(diffusers: Any, transformers: Any, size: Mapping[str, Any] = WAN_1_3B) -> Any:
    """Wan 2.1: 1.4 or 14.3 billion numbers in its network, 5.7 in its text model."""
    config = transformers.UMT5Config(**UMT5_XXL)
    # As the catalog has it loaded: in single precision.
    vae = diffusers.AutoencoderKLWan().float()
    return diffusers.WanPipeline(
        transformer=diffusers.WanTransformer3DModel(**size), vae=vae,
        scheduler=_scheduler(diffusers.FlowMatchEulerDiscreteScheduler, shift=3.0),
        text_encoder=transformers.UMT5EncoderModel(config),
        tokenizer=_tokenizer(transformers, 512),
    )  # fmt: skip


def wan_14b(diffusers: Any, transformers: Any) -> Any:
    """Wan 2.1 in its large size."""
    return wan(diffusers, transformers, WAN_14B)


BUILDERS: dict[str, Callable[[Any, Any], Any]] = {
    "sdxl": sdxl, "flux": flux, "wan": wan, "wan-14b": wan_14b,
}  # fmt: skip


def measure(shelf: Any, name: str, steps: int, out: Path) -> dict[str, Any]:
    """Makes the same twice; what that took, and whether it came out the same."""
    from providers.local.diffusers_worker import make

    frames = {"least": 5, "step": 4} if "num_frames" in CASES[name] else {}
    asked = {
        "load": {"name": name, "weights": name}, "pictures": {}, "seed": 7, "frames": frames,
        "call": CASES[name] | {"prompt": "a fox in the snow", "num_inference_steps": steps},
        "out": str(out),
    }  # fmt: skip
    began = time.monotonic()
    shelf.loaded(asked["load"], lambda _words: None)
    loaded_s = time.monotonic() - began
    runs, sums = [], []
    for _ in range(2):
        runs.append(make(shelf, asked, lambda _told: None))
        sums.append(hashlib.sha256(out.read_bytes()).hexdigest())
    return runs[1] | {
        "loaded_s": loaded_s,
        "first_s": runs[0]["seconds"],
        "same": sums[0] == sums[1],
    }


def table(name: str, steps: int, told: Mapping[str, Any]) -> str:
    """One line of the table."""
    case = CASES[name]
    what = f"{case['width']}x{case['height']}"
    if "frames" in told:
        what += f" x {told['frames']}"
    peak = "-" if told["peak_gib"] is None else f"{told['peak_gib']:.1f}"
    eased = "; ".join(told["eased"]) or "nothing"
    return (
        f"| {name} | {what} | {steps} | {told['weights_gib']:.1f} | {peak} "
        f"| {told['first_s']:.1f} | {told['seconds']:.1f} | {told['same']} | {eased} |"
    )


def random_shelf(device: str) -> Any:
    """The worker's shelf, whose models are made of random numbers instead of being loaded."""
    import diffusers
    import torch
    import transformers

    from providers.local.diffusers_shelf import Loaded, Shelf

    class RandomShelf(Shelf):
        """Builds what is asked for on the device."""

        def _load(self, how: Mapping[str, Any]) -> Loaded:
            torch.manual_seed(0)
            torch.set_default_dtype(torch.bfloat16 if device == "cuda" else torch.float32)
            try:
                with torch.device(device):
                    pipeline = BUILDERS[how["weights"]](diffusers, transformers)
            finally:
                torch.set_default_dtype(torch.float32)
            pipeline.set_progress_bar_config(disable=True)
            for part in pipeline.components.values():
                if hasattr(part, "eval"):
                    part.eval()
            return Loaded(how["name"], pipeline, device)

    return RandomShelf(device, 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=", ".join(CASES))
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--most-gib", type=float, default=0.0, help="let the device seem smaller")
    told = parser.parse_args()
    if unknown := set(told.names) - set(CASES):
        parser.error(f"no {', '.join(sorted(unknown))}; known: {', '.join(CASES)}")
    try:
        import torch
    except ImportError:
        print("torch is not installed here: nothing was measured (make engines)")
        return 0
    if not torch.cuda.is_available():
        print("there is no CUDA device here: nothing was measured")
        return 0
    total = torch.cuda.mem_get_info()[1]
    if told.most_gib:
        torch.cuda.set_per_process_memory_fraction(min(1.0, told.most_gib * 2**30 / total))
    print(f"{torch.cuda.get_device_name()}, {total / 2**30:.0f} GiB; torch {torch.__version__}\n")
    print(
        "| model | size | steps | weights GiB | peak GiB | first s | second s | same | given up |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    shelf = random_shelf("cuda")
    with tempfile.TemporaryDirectory() as folder:
        for name in told.names or CASES:
            print(table(name, told.steps, measure(shelf, name, told.steps, Path(folder) / "out")),
                  flush=True)  # fmt: skip
            shelf.free()
    print(f"\nafter freeing all: {shelf.state()['free_gib']} of {total / 2**30:.0f} GiB free")
    return 0


def _scheduler(kind: Any, **told: Any) -> Any:
    """Schedulers reckon with numpy, which sees no device's memory."""
    import torch

    with torch.device("cpu"):
        return kind(**told)


def _clip(transformers: Any, size: Mapping[str, Any]) -> Any:
    return transformers.CLIPTextConfig(
        **size, max_position_embeddings=77, bos_token_id=2, eos_token_id=1, pad_token_id=0
    )


def _tokenizer(transformers: Any, longest: int) -> Any:
    """Takes any text, byte by byte: which words they are does not matter for time or memory."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    signs = ["<pad>", "</s>", "<s>", "<unk>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    made = Tokenizer(
        models.BPE(vocab={s: i for i, s in enumerate(signs)}, merges=[], unk_token="<unk>")
    )
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="</s>", bos_token="<s>",
        unk_token="<unk>", model_max_length=longest,
    )  # fmt: skip


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
