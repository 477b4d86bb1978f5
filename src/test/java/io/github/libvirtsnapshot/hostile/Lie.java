package io.github.libvirtsnapshot.hostile;

/**
 * What one function answers instead of the truth.
 *
 * @param function its name
 * @param when which of its calls
 * @param seed decides what exactly, where there is a choice
 */
record Lie(String function, Kind kind, When when, int seed) {
  /** Which of the calls to a function. */
  enum When {
    ALWAYS,
    FIRST,
    LATER,
    EVERY_OTHER;

    boolean includes(int call) {
      return switch (this) {
        case ALWAYS -> true;
        case FIRST -> call == 0;
        case LATER -> call > 0;
        case EVERY_OTHER -> call % 2 == 1;
      };
    }
  }

  /** How an answer is wrong. */
  enum Kind {
    /** Null, or what tells a failure; there may be no error for it. */
    NOTHING,
    /** A number that is none that libvirt has, also of how many there are. */
    NUMBER,
    /** Whatever libvirt writes to is full of it. */
    OUTPUT,
    /** A text of another kind. */
    TEXT,
    /** What the honest text is, cut or with a part of it changed. */
    CHANGED_TEXT,
    /** An error with numbers and texts that nobody knows. */
    ERROR
  }
}
