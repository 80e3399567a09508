"""`tiny_model.py FOLDER`: a random Qwen3 of 19 million parameters and a LoRA adapter, for tests of a real vLLM.

Run by the Python of vLLM's own environment. The model says nothing sensible, but it is slow enough per token that a
test can stop it, and its tokenizer, chat template and grammar are those of real models.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

LAYERS, HIDDEN, RANK = 6, 512, 4
HEADS, KEY_VALUE_HEADS, HEAD_SIZE = 8, 4, 64
MAX_TOKENS = 2048
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
SENTENCES = (
    "The warranty of the pump runs for twenty-four months from the day of delivery.",
    "Orders placed before noon leave the warehouse the same day; express costs 12.50 more.",
    "You may send an unused item back within thirty days, and we refund the price.",
    "If the display shows E-204, switch the device off, wait ten seconds and start it again.",
    'system user assistant {"question": "how long", "language": "en", "sources": [1, 2, 3], "known": true}',
    "水泵自交货之日起保修二十四个月。中午之前下的订单当天发货，加急另收十二元五角。",
    "未使用的商品可以在三十天内退回，我们会退还货款。如果屏幕显示故障代码，请先关机，等十秒后再开机。",
    "请根据资料回答问题；资料里没有的，请说明不知道。谢谢，祝您生活愉快！",
    "Größe, Straße, déjà vu, naïve café, señor; 😀 🚀 ✅ 0123456789 €£$%&#@",
)
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make_model(folder: Path) -> None:
    """Write model and tokenizer to `folder`, and an adapter to `folder/adapter`; the same bytes each time."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    vocabulary, end, pad = _make_tokenizer(folder)
    torch.manual_seed(7)
    config = Qwen3Config(
        vocab_size=vocabulary,
        hidden_size=HIDDEN,
        intermediate_size=3 * HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=KEY_VALUE_HEADS,
        head_dim=HEAD_SIZE,
        max_position_embeddings=MAX_TOKENS,
        tie_word_embeddings=True,
        eos_token_id=end,
        pad_token_id=pad,
        bos_token_id=None,
    )
    model: Any = Qwen3ForCausalLM(config)
    model.float().save_pretrained(folder)
    _make_adapter(folder / "adapter")


def _make_tokenizer(folder: Path) -> tuple[int, int, int]:
    """A byte-level BPE; its size, and the numbers of its end and padding tokens."""
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer: Any = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=4000,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES * 3, trainer)
    fast: Any = transformers.PreTrainedTokenizerFast
    made = fast(tokenizer_object=tokenizer, eos_token=SPECIAL[2], pad_token=SPECIAL[0], model_max_length=MAX_TOKENS)
    made.chat_template = CHAT_TEMPLATE
    made.save_pretrained(folder)
    return tokenizer.get_vocab_size(), tokenizer.token_to_id(SPECIAL[2]), tokenizer.token_to_id(SPECIAL[0])


def _make_adapter(folder: Path) -> None:
    """A LoRA adapter of the query projections, in the form of peft."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(exist_ok=True)
    tensors = {}
    for layer in range(LAYERS):
        place = f"base_model.model.model.layers.{layer}.self_attn.q_proj"
        tensors[f"{place}.lora_A.weight"] = torch.randn(RANK, HIDDEN)
        tensors[f"{place}.lora_B.weight"] = torch.randn(HEADS * HEAD_SIZE, RANK)
    save_file(tensors, str(folder / "adapter_model.safetensors"))
    settings = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": RANK, "lora_alpha": 8, "target_modules": ["q_proj"]}
    (folder / "adapter_config.json").write_text(json.dumps({**settings, "bias": "none", "lora_dropout": 0.0}))


if __name__ == "__main__":
    make_model(Path(sys.argv[1]))
