using SupSup.Core.Datasets;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Experiments.Methods;

namespace SupSup.Experiments.Tests.Methods;

/// <summary>The rivals on two tasks of the real permuted MNIST, in the cache that the tool uses too.</summary>
public sealed class RealRivalTests
{
    private static readonly DatasetStore Store = new(Path.Combine(
        Environment.GetEnvironmentVariable("SUPSUP_HOME") is { Length: > 0 } home
            ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".supsup"),
        "data"));

    [Fact]
    public async Task Given_two_tasks_when_every_rival_learns_them_then_both_are_classified_far_better_than_by_chance()
    {
        Dataset mnist = await Store.OpenAsync("mnist", cancellationToken: TestContext.Current.CancellationToken);
        foreach (string name in Rivals.Names)
        {
            Rival rival = Rivals.Create(name, new RivalSettings { Plan = NetworkPlan.Dense(784, [300, 100], 10), Batches = 100 });
            for (int task = 0; task < 2; task++)
            {
                List<float> losses = [];
                ClassificationTask data = new PermutedFamily().Make(mnist, 1, task);
                using RivalNetwork network = rival.Learn(task, data, (_, loss) => losses.Add(loss), TestContext.Current.CancellationToken);
                (float[] inputs, int[] labels) = data.Test(0, 2000);
                double accuracy = network.Predict(inputs, 2000).Zip(labels).Count(static pair => pair.First == pair.Second) / 2000.0;
                // Of other pixels' permutation a trunk of the first task, or a random one, tells less.
                double enough = name.StartsWith("separate", StringComparison.Ordinal) ? 0.3 : 0.6;
                Assert.True(accuracy > enough, $"{name}, task {task}: accuracy {accuracy}");
                Assert.True(losses.TakeLast(10).Average() < 0.6 * losses[0], $"{name}, task {task}: the loss did not fall");
            }
        }
    }
}
