public import Keel

extension GraphFrame {
  /// An estimate of the invariant average `1/|F| Σ_{g ∈ F} φ(g⁻¹X)` from random elements, for frames too large to go
  /// through.
  ///
  /// The estimate is unbiased; it is invariant in distribution only.
  ///
  /// - Parameters:
  ///   - graph: X, that of which this is the frame.
  ///   - samples: how many elements, at least 2.
  ///   - stream: where the random numbers come from.
  ///   - function: φ; it must return equally many numbers for each graph.
  /// - Returns: the mean of the samples, and its standard error for each output.
  /// - Complexity: `samples` evaluations of φ.
  /// - Throws: what φ throws.
  /// - Precondition: the graph has n vertices, and there are at least two samples.
  public func sampledAverage<G: LabeledGraph, Failure: Error>(
    of graph: G, samples: Int, using stream: inout RandomStream,
    _ function: (G) throws(Failure) -> [Double]
  ) throws(Failure) -> (mean: [Double], standardError: [Double]) {
    var moments = RunningMoments()
    try sample(graph, samples, &stream) { element, form throws(Failure) in moments.add(try function(form)) }
    return (moments.mean, moments.standardError)
  }

  /// An estimate of the equivariant average `1/|F| Σ_{g ∈ F} g·Φ(g⁻¹X)` of outputs at the vertices.
  ///
  /// - Parameters:
  ///   - graph: X, that of which this is the frame.
  ///   - samples: how many elements, at least 2.
  ///   - stream: where the random numbers come from.
  ///   - function: Φ; a row a vertex, equally wide for each graph.
  /// - Returns: the mean of the samples, and its standard error for each output of each vertex.
  /// - Complexity: `samples` evaluations of Φ.
  /// - Throws: what Φ throws.
  /// - Precondition: the graph has n vertices, and there are at least two samples.
  public func sampledVertexAverage<G: LabeledGraph, Failure: Error>(
    of graph: G, samples: Int, using stream: inout RandomStream,
    _ function: (G) throws(Failure) -> Matrix<Double>
  ) throws(Failure) -> (mean: Matrix<Double>, standardError: Matrix<Double>) {
    var moments = RunningMoments()
    var columns = 0
    try sample(graph, samples, &stream) { element, form throws(Failure) in
      let value = element.transformed(try function(form))
      columns = value.columns
      moments.add(value.elements)
    }
    return (
      Matrix(rows: vertexCount, columns: columns, elements: moments.mean),
      Matrix(rows: vertexCount, columns: columns, elements: moments.standardError)
    )
  }

  private func sample<G: LabeledGraph, Failure: Error>(
    _ graph: G, _ samples: Int, _ stream: inout RandomStream,
    _ body: (Permutation, G) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(graph.vertexCount == vertexCount, "A frame is of a graph with as many vertices")
    precondition(samples >= 2, "A standard error needs two samples")
    for _ in 0..<samples {
      let element = randomElement(using: &stream)
      try body(element, graph.inverseTransformed(by: element))
    }
  }
}

/// Means and variances of lists of numbers that come one after the other (Welford 1962).
private struct RunningMoments {
  private(set) var mean: [Double] = []
  private var squares: [Double] = []
  private var count = 0.0

  mutating func add(_ values: [Double]) {
    if count == 0 {
      mean = Array(repeating: 0, count: values.count)
      squares = mean
    }
    precondition(values.count == mean.count, "A function has equally many outputs for all graphs")
    count += 1
    for (index, value) in values.enumerated() {
      let difference = value - mean[index]
      mean[index] += difference / count
      squares[index] += difference * (value - mean[index])
    }
  }

  /// The standard deviation of the mean.
  var standardError: [Double] { squares.map { ($0 / (count * (count - 1))).squareRoot() } }
}
