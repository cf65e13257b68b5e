"""The judge held against real browsers: the same requests and answers, random and adversarial, and what each makes of them."""
