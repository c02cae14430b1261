using SupSup.Core.Networks;
using SupSup.Core.Training;

namespace SupSup.Experiments.Walkthrough;

/// <summary>What is trained and asked for the figures of docs/method.md.</summary>
public sealed record WalkthroughSettings
{
    /// <summary>Number of permuted tasks, at least 2.</summary>
    public int Tasks { get; init; } = 10;

    /// <summary>Hidden layers.</summary>
    public string Network { get; init; } = "lenet-300-100";

    /// <summary>Output size s, above the number of classes.</summary>
    public int Outputs { get; init; } = 100;

    /// <summary>How masks are trained.</summary>
    public Recipe Recipe { get; init; } = Recipes.Get("fast");

    /// <summary>Test images that the accuracy is measured on, the first ones.</summary>
    public int TestImages { get; init; } = 1000;

    /// <summary>Test images of each task whose task is asked for, one by one.</summary>
    public int Queries { get; init; } = 50;

    /// <summary>Seed of weights, tasks and training.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The task and test image that the figures show.</summary>
    internal int ShownTask => Tasks / 3;

    internal NetworkPlan Plan(int inputs) => Plans.Of(Network, inputs, Outputs);
}
