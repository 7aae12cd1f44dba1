import Keel

extension Workload {
  /// A million numbers into memory that is there.
  static let randomNumbers: [Workload] = [
    numbers("normals-double", Double.self) { $0.fillNormal(into: &$1) },
    numbers("normals-float", Float.self) { $0.fillNormal(into: &$1) },
    numbers("uniforms-double", Double.self) { $0.fillUniform(into: &$1) },
    numbers("uniforms-float", Float.self) { $0.fillUniform(into: &$1) },
  ]

  private static func numbers<Scalar: RealScalar>(
    _ name: String, _: Scalar.Type,
    fill: @escaping @Sendable (inout RandomStream, inout MutableSpan<Scalar>) -> Void
  ) -> Workload {
    let count = 1_000_000
    return Workload(name, Double(count), .number) {
      var stream = RandomStream(seed: 5)
      var numbers = [Scalar](repeating: 0, count: count)
      return { repetitions in
        for _ in 0..<repetitions {
          var span = numbers.mutableSpan
          fill(&stream, &span)
        }
        return Double(numbers[count - 1])
      }
    }
  }
}
