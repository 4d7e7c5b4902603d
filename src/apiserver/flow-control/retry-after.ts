const LONGEST_SECONDS = 32;

interface Second { at: number; refused: number }

/** How long the refused are told to wait: longer while many are refused, shorter again when it calms down. */
export class RetryAfter {
  private seconds = 1;
  private changedAt = 0;
  private current: Second = { at: 0, refused: 0 };
  private past: Second[] = [];

  get value(): number {
    return this.seconds;
  }

  /** @param now whole seconds */
  refused(now: number): void {
    if (this.current.at === now) {
      this.current.refused++;
      return;
    }
    const kept = Math.min(2 * this.seconds, LONGEST_SECONDS);
    this.past = [...this.past, this.current].filter(({ at }) => now - at <= kept);
    this.current = { at: now, refused: 1 };
    this.adjust(now);
  }

  private adjust(now: number): void {
    const recent = this.past.reduce((sum, { at, refused }) => (now - at <= this.seconds ? sum + refused : sum), 0);
    if (now - this.changedAt >= this.seconds && recent >= 3 * this.seconds) {
      this.seconds = Math.min(2 * this.seconds, LONGEST_SECONDS);
      this.changedAt = now;
    } else if (recent < this.seconds && this.seconds > 1) {
      this.seconds--;
    }
  }
}
