package io.github.libvirtsnapshot.hostile;

/**
 * A false answer of one function.
 *
 * @param function the name of the function
 * @param kind how the answer is false
 * @param when which calls have the false answer
 * @param seed selects one of several possible answers
 */
record WrongAnswer(String function, Kind kind, When when, int seed) {
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

  /** How an answer is false. */
  enum Kind {
    /** The answer of a failed call; there may be no error for it. */
    NOTHING,
    /** A number that libvirt does not have, or a wrong count. */
    NUMBER,
    /** Random values in all output arguments. */
    OUTPUT,
    /** A different text. */
    TEXT,
    /** The true text, but cut or with one part changed. */
    CHANGED_TEXT,
    /** An error with unknown numbers and texts. */
    ERROR
  }
}
