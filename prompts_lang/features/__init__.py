"""What an editor offers, one file per feature: plain values in, plain values out, offsets in bytes. No protocol is known here."""
