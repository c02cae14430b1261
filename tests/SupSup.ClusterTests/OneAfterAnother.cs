// Each test has a cluster of processes: two at once would only wait for one another's processors.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
