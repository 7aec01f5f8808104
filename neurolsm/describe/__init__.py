"""What a user says: inputs, liquids, laws. Physical units, frozen, validated; knows no integers and no backend."""
