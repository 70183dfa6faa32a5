return [[ never closed
