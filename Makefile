# One habit, one command. Each sets up what it needs.
.PHONY: check test bench peers docs format lint sanitize clean

# Theorem checks of two-layer linear transfer, on random problems and on real images.
check:
	Scripts/setup data
	swift build -c release --product keel
	.build/release/keel info
	.build/release/keel check transfer
	.build/release/keel check transfer --data fashion-mnist --trials 150

# The test suite. BLAS has one thread, so that tests that run side by side do not fight for cores.
test:
	Scripts/setup
	OPENBLAS_NUM_THREADS=1 swift test --disable-xctest

# Times of Keel's kernels.
bench:
	Scripts/setup
	swift package --package-path Benchmarks benchmark

# Ratios of Keel to numpy (and to torch and jax, if the environment has them), interleaved in one run.
peers:
	Scripts/setup python
	swift build --package-path Benchmarks -c release --product KeelPeer
	test -x .venv/bin/python || python3 -m venv .venv
	.venv/bin/pip install --quiet numpy==2.4.6 threadpoolctl
	.venv/bin/python Benchmarks/Peers/peers.py --prescott $(PEERS)

# The documentation of every library, in docs-out/; fails on a warning or an undocumented symbol.
docs:
	Scripts/setup python
	Scripts/docs

# The tests under the address and the thread sanitizer.
sanitize:
	Scripts/setup
	OPENBLAS_NUM_THREADS=1 ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path .build-asan
	OPENBLAS_NUM_THREADS=1 swift test --sanitize=thread --scratch-path .build-tsan

format:
	swift format format --in-place --recursive Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Kernels Benchmarks/Workloads Benchmarks/Peers

lint:
	swift format lint --strict --recursive Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Kernels Benchmarks/Workloads Benchmarks/Peers

clean:
	rm -rf .build .build-* docs-out Benchmarks/.build
