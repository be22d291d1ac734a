"""Tiny pipelines of diffusers with random weights, saved as real ones are: nothing is downloaded.

Sizes follow the small configurations of diffusers' own tests; tokenizers are made of bytes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

VOCABULARY = 260
"""Four special tokens and 256 bytes."""


def write(kind: str, folder: Path) -> Path:
    """Saves the pipeline of that kind below `folder`; load it by `from_pretrained(path)`."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import diffusers
    import torch
    import transformers

    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
    torch.manual_seed(0)
    path = folder / kind
    _BUILDERS[kind](diffusers, transformers).save_pretrained(path)
    return path


def write_adapter(folder: Path) -> Path:
    """An IP-Adapter for the tiny SDXL, with its picture encoder, laid out as h94/IP-Adapter is."""
    import diffusers
    import torch
    import transformers
    from safetensors.torch import save_file

    torch.manual_seed(1)
    unet = _sdxl(diffusers, transformers).unet
    wide, channels = unet.config.cross_attention_dim, unet.config.block_out_channels
    state = {
        "image_proj.proj.weight": torch.randn(4 * wide, 32) * 0.1,
        "image_proj.proj.bias": torch.zeros(4 * wide),
        "image_proj.norm.weight": torch.ones(wide),
        "image_proj.norm.bias": torch.zeros(wide),
    }
    across = [name for name in unet.attn_processors if not name.endswith("attn1.processor")]
    for number, name in enumerate(across):
        block, _, rest = name.partition(".")
        hidden = channels[-1]
        if block == "up_blocks":
            hidden = channels[::-1][int(rest[0])]
        elif block == "down_blocks":
            hidden = channels[int(rest[0])]
        for part in ("to_k_ip", "to_v_ip"):
            key = f"ip_adapter.{2 * number + 1}.{part}.weight"
            state[key] = torch.randn(hidden, wide) * 0.1
    path = folder / "adapter"
    (path / "models").mkdir(parents=True)
    save_file(state, path / "models" / "tiny.safetensors")
    encoder = transformers.CLIPVisionModelWithProjection(
        transformers.CLIPVisionConfig(
            hidden_size=32, projection_dim=32, num_hidden_layers=2, num_attention_heads=2,
            image_size=32, intermediate_size=16, patch_size=8,
        )
    )  # fmt: skip
    encoder.save_pretrained(path / "models" / "image_encoder")
    return path


def _tokenizer(T: Any, longest: int = 77, template: str = "") -> Any:  # noqa: N803
    """Takes any text, byte by byte."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    special = ["<pad>", "</s>", "<s>", "<unk>"]
    signs = special + sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(
        models.BPE(vocab={s: i for i, s in enumerate(signs)}, merges=[], unk_token="<unk>")
    )
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    found = T.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="</s>", bos_token="<s>",
        unk_token="<unk>", model_max_length=longest,
    )  # fmt: skip
    if template:
        found.chat_template = template
    return found


def _clip(T: Any) -> Any:  # noqa: N803
    return T.CLIPTextConfig(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=37, num_attention_heads=4,
        num_hidden_layers=2, projection_dim=32, bos_token_id=2, eos_token_id=1, pad_token_id=0,
        max_position_embeddings=77,
    )  # fmt: skip


def _t5(model: Any, config: Any) -> Any:
    told = config(
        vocab_size=VOCABULARY, d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4,
        relative_attention_num_buckets=8, pad_token_id=0, eos_token_id=1,
    )  # fmt: skip
    return model(told).eval()


def _sdxl(D: Any, T: Any) -> Any:  # noqa: N803
    unet = D.UNet2DConditionModel(
        block_out_channels=(4, 8), layers_per_block=1, sample_size=32, in_channels=4,
        out_channels=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=(2, 4),
        use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 1), projection_class_embeddings_input_dim=80,
        cross_attention_dim=64, norm_num_groups=1,
    )  # fmt: skip
    vae = D.AutoencoderKL(
        block_out_channels=[8, 16], down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2, latent_channels=4, norm_num_groups=4,
        sample_size=64,
    )  # fmt: skip
    return D.StableDiffusionXLPipeline(
        vae=vae, unet=unet, scheduler=D.EulerDiscreteScheduler(),
        text_encoder=T.CLIPTextModel(_clip(T)), tokenizer=_tokenizer(T),
        text_encoder_2=T.CLIPTextModelWithProjection(_clip(T)), tokenizer_2=_tokenizer(T),
    )  # fmt: skip


def _flux(D: Any, T: Any) -> Any:  # noqa: N803
    transformer = D.FluxTransformer2DModel(
        patch_size=1, in_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=32,
        axes_dims_rope=[4, 4, 8],
    )  # fmt: skip
    vae = D.AutoencoderKL(
        block_out_channels=(4,), layers_per_block=1, latent_channels=1, norm_num_groups=1,
        use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06, scaling_factor=1.5,
        sample_size=32,
    )  # fmt: skip
    return D.FluxPipeline(
        scheduler=D.FlowMatchEulerDiscreteScheduler(), vae=vae, transformer=transformer,
        text_encoder=T.CLIPTextModel(_clip(T)), tokenizer=_tokenizer(T),
        text_encoder_2=_t5(T.T5EncoderModel, T.T5Config), tokenizer_2=_tokenizer(T, 512),
    )  # fmt: skip


def _flux2_klein(D: Any, T: Any) -> Any:  # noqa: N803
    # The pipeline reads the states 9, 18 and 27 of its text model, hence so many tiny layers.
    text = T.Qwen3ForCausalLM(
        T.Qwen3Config(
            vocab_size=VOCABULARY, hidden_size=16, intermediate_size=16, num_hidden_layers=30,
            num_attention_heads=2, num_key_value_heads=2, head_dim=8,
        )
    ).eval()  # fmt: skip
    transformer = D.Flux2Transformer2DModel(
        patch_size=1, in_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=48, timestep_guidance_channels=256,
        axes_dims_rope=[4, 4, 4, 4], guidance_embeds=False,
    )  # fmt: skip
    vae = D.AutoencoderKLFlux2(
        block_out_channels=(4,), latent_channels=1, norm_num_groups=1, layers_per_block=1,
        down_block_types=("DownEncoderBlock2D",), up_block_types=("UpDecoderBlock2D",),
        use_quant_conv=False, use_post_quant_conv=False,
    )  # fmt: skip
    template = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    return D.Flux2KleinPipeline(
        scheduler=D.FlowMatchEulerDiscreteScheduler(), vae=vae, transformer=transformer,
        text_encoder=text, tokenizer=_tokenizer(T, 512, template),
    )  # fmt: skip


def _wan_parts(D: Any, T: Any, **changed: Any) -> dict[str, Any]:  # noqa: N803
    def transformer() -> Any:
        told = {
            "patch_size": (1, 2, 2), "num_attention_heads": 2, "attention_head_dim": 12,
            "in_channels": 16, "out_channels": 16, "text_dim": 32, "freq_dim": 256,
            "ffn_dim": 32, "num_layers": 1, "cross_attn_norm": True,
            "qk_norm": "rms_norm_across_heads", "rope_max_seq_len": 32,
        }  # fmt: skip
        return D.WanTransformer3DModel(**told | changed)

    vae = D.AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
        temperal_downsample=[False, True, True],
    )  # fmt: skip
    return {
        "tokenizer": _tokenizer(T, 512), "text_encoder": _t5(T.UMT5EncoderModel, T.UMT5Config),
        "vae": vae, "transformer": transformer(), "transformer_2": transformer(),
    }  # fmt: skip


def _wan(D: Any, T: Any) -> Any:  # noqa: N803
    parts = _wan_parts(D, T)
    del parts["transformer_2"]
    return D.WanPipeline(**parts, scheduler=D.FlowMatchEulerDiscreteScheduler(shift=7.0))


def _wan22(D: Any, T: Any) -> Any:  # noqa: N803
    return D.WanPipeline(**_wan_parts(D, T), boundary_ratio=0.875, scheduler=_unipc(D))


def _wan_i2v(D: Any, T: Any) -> Any:  # noqa: N803
    parts = _wan_parts(D, T, in_channels=36, image_dim=4)
    del parts["transformer_2"]
    encoder = T.CLIPVisionModel(
        T.CLIPVisionConfig(
            hidden_size=4, projection_dim=4, num_hidden_layers=2, num_attention_heads=2,
            image_size=32, intermediate_size=16, patch_size=4,
        )
    )  # fmt: skip
    return D.WanImageToVideoPipeline(
        **parts, image_encoder=encoder,
        image_processor=T.CLIPImageProcessorPil(crop_size=32, size=32),
        scheduler=D.FlowMatchEulerDiscreteScheduler(shift=7.0),
    )  # fmt: skip


def _wan22_i2v(D: Any, T: Any) -> Any:  # noqa: N803
    return D.WanImageToVideoPipeline(
        **_wan_parts(D, T, in_channels=36), image_encoder=None, image_processor=None,
        boundary_ratio=0.9, scheduler=_unipc(D),
    )  # fmt: skip


def _unipc(D: Any) -> Any:  # noqa: N803
    return D.UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
    )


def _ltx(D: Any, T: Any) -> Any:  # noqa: N803
    transformer = D.LTXVideoTransformer3DModel(
        in_channels=8, out_channels=8, patch_size=1, patch_size_t=1, num_attention_heads=4,
        attention_head_dim=8, cross_attention_dim=32, num_layers=1, caption_channels=32,
    )  # fmt: skip
    vae = D.AutoencoderKLLTXVideo(
        latent_channels=8, block_out_channels=(8,) * 4, decoder_block_out_channels=(8,) * 4,
        layers_per_block=(1,) * 5, decoder_layers_per_block=(1,) * 5,
        spatio_temporal_scaling=(True, True, False, False),
        decoder_spatio_temporal_scaling=(True, True, False, False),
        decoder_inject_noise=(False,) * 5, upsample_residual=(False,) * 4,
        upsample_factor=(1,) * 4, timestep_conditioning=False, patch_size=1, patch_size_t=1,
        encoder_causal=True, decoder_causal=False,
    )  # fmt: skip
    return D.LTXPipeline(
        scheduler=D.FlowMatchEulerDiscreteScheduler(), vae=vae, transformer=transformer,
        text_encoder=_t5(T.T5EncoderModel, T.T5Config), tokenizer=_tokenizer(T, 512),
    )  # fmt: skip


def _hunyuan(D: Any, T: Any) -> Any:  # noqa: N803
    transformer = D.HunyuanVideoTransformer3DModel(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=10, num_layers=1,
        num_single_layers=1, num_refiner_layers=1, patch_size=1, patch_size_t=1,
        guidance_embeds=True, text_embed_dim=16, pooled_projection_dim=32, rope_axes_dim=(2, 4, 4),
    )  # fmt: skip
    vae = D.AutoencoderKLHunyuanVideo(
        latent_channels=4, down_block_types=("HunyuanVideoDownBlock3D",) * 4,
        up_block_types=("HunyuanVideoUpBlock3D",) * 4, block_out_channels=(8,) * 4,
        layers_per_block=1, norm_num_groups=4, scaling_factor=0.47, spatial_compression_ratio=8,
        temporal_compression_ratio=4, mid_block_add_attention=True,
    )  # fmt: skip
    text = T.LlamaModel(
        T.LlamaConfig(
            vocab_size=VOCABULARY, hidden_size=16, intermediate_size=37, num_attention_heads=4,
            num_key_value_heads=4, num_hidden_layers=4, pad_token_id=0, bos_token_id=2,
            eos_token_id=1,
        )
    )  # fmt: skip
    return D.HunyuanVideoPipeline(
        text_encoder=text, tokenizer=_tokenizer(T, 512), transformer=transformer, vae=vae,
        scheduler=D.FlowMatchEulerDiscreteScheduler(shift=7.0),
        text_encoder_2=T.CLIPTextModel(_clip(T)), tokenizer_2=_tokenizer(T),
    )  # fmt: skip


_BUILDERS = {
    "sdxl": _sdxl, "flux": _flux, "flux2-klein": _flux2_klein, "wan": _wan, "wan22": _wan22,
    "wan-i2v": _wan_i2v, "wan22-i2v": _wan22_i2v, "ltx": _ltx, "hunyuan": _hunyuan,
}  # fmt: skip
