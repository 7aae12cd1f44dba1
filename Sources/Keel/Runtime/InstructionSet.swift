import CKernels
import Foundation

/// The instruction sets for which Keel's C kernels are compiled, each including the ones before it.
///
/// The best set of the machine is used. The environment variable `KEEL_INSTRUCTION_SET` (`portable`,
/// `avx2` or `avx512`) lowers it; a value that is unknown, or that the CPU lacks, gives the best set
/// that the CPU has, and ``Runtime/notices`` says so.
public enum InstructionSet: Int, CaseIterable, Sendable {
  /// What every CPU of the architecture has: SSE2 on x86-64, NEON on arm64.
  case portable
  /// AVX2 and FMA.
  case avx2
  /// AVX-512 F, BW, DQ, VL and CD.
  case avx512

  /// The best set of this machine.
  public static var best: InstructionSet { InstructionSet(level: keel_instruction_set_best()) }

  /// The sets that this machine can run, from ``portable`` to ``best``.
  public static var available: [InstructionSet] { allCases.filter { $0 <= best } }

  /// The set that kernels use now.
  public static var current: InstructionSet { InstructionSet(level: keel_instruction_set()) }

  /// Runs `body` while kernels use this set: for tests and benchmarks.
  ///
  /// The selection holds for the whole process until `body` returns or throws; then the previous one
  /// holds again. Selections from several threads wait for each other, so `body` must not wait for
  /// another thread that selects. Nested selections on one thread are fine.
  ///
  /// - Precondition: the machine has this set; see ``available``.
  public func select<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(self <= .best, "This machine does not have the instruction set \(self).")
    Self.selection.lock()
    let previous = keel_instruction_set_select(CInt(rawValue))
    defer {
      _ = keel_instruction_set_select(previous)
      Self.selection.unlock()
    }
    return try body()
  }

  /// Held while a selection is in force.
  private static let selection = NSRecursiveLock()

  private init(level: CInt) {
    self = InstructionSet(rawValue: Int(level)) ?? .portable
  }
}

extension InstructionSet: Comparable {
  /// Whether `b` includes `a` and is more.
  public static func < (a: InstructionSet, b: InstructionSet) -> Bool { a.rawValue < b.rawValue }
}

extension InstructionSet: CustomStringConvertible {
  /// The name as `KEEL_INSTRUCTION_SET` takes it.
  public var description: String {
    switch self {
    case .portable: "portable"
    case .avx2: "avx2"
    case .avx512: "avx512"
    }
  }
}
