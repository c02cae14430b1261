using System.Collections.Immutable;
using System.Text.Json.Serialization;
using SupSup.Core.Datasets;
using SupSup.Core.Inference;
using SupSup.Core.Masks;
using SupSup.Core.Naming;
using SupSup.Core.Networks;
using SupSup.Core.Reservoirs;
using SupSup.Core.Search;
using SupSup.Core.TaskInference;
using SupSup.Core.Tasks;
using SupSup.Core.Training;
using SupSup.Experiments.Methods;

namespace SupSup.Experiments.Configuration;

/// <summary>An experiment as data: all that its outcome depends on. Presets are entries of experiments.json.</summary>
public sealed record ExperimentConfig : INamed
{
    /// <summary>The method whose masks of gains lie in reservoirs.</summary>
    public const string HopMethod = "hop";

    private static readonly ExperimentConfig Default = new() { Name = "" };

    /// <summary>The experiment's name.</summary>
    public required string Name { get; init; }

    /// <summary>One line on what it shows.</summary>
    public string Description { get; init; } = "";

    /// <summary>"supsup", "hop" (HopSupSup), or the name of a rival.</summary>
    public string Method { get; init; } = "supsup";

    /// <summary>Family of tasks: permuted, rotated or split.</summary>
    public string Family { get; init; } = "permuted";

    /// <summary>Dataset name, or a path with options; empty where whoever runs the preset must name data of their own.</summary>
    public string Dataset { get; init; } = "mnist";

    /// <summary>Of a preset whose data must be named: the options, as "size=32&amp;grey", that a path has unless it says
    /// otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DatasetOptions { get; init; }

    /// <summary>What people call the dataset: the name, or the last of its path.</summary>
    [JsonIgnore]
    public string DatasetTitle => Path.GetFileName(Dataset.Split('?')[0]);

    /// <summary>Number of tasks.</summary>
    public int Tasks { get; init; } = 10;

    public Scenario Scenario { get; init; } = Scenario.GNu;

    /// <summary>Hidden layers: a name such as lenet-300-100, or sizes such as 512-256.</summary>
    public string Network { get; init; } = "lenet-300-100";

    /// <summary>Output size s.</summary>
    public int Outputs { get; init; } = 500;

    /// <summary>How scores become a mask; null is the usual rule, so that settings from before there was a choice stay the same.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MaskRule { get; init => field = value == MaskRules.Default ? null : value; }

    /// <summary>Recipe by which masks are trained.</summary>
    public string Recipe { get; init; } = "fast";

    /// <summary>Batches per task; null is the recipe's.</summary>
    public int? Batches { get; init; }

    /// <summary>Examples per batch; null is the recipe's.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Whether a task starts from the mean of the scores that those before it ended with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Transfer { get; init; }

    /// <summary>Share of training images that are shown turned, as classes of their own on superfluous outputs; null is the
    /// recipe's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? RotatedShare { get; init; }

    /// <summary>Peak learning rate; null is the recipe's.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Learning rate of the first layer; null is the recipe's.</summary>
    public double? FirstLayerLearningRate { get; init; }

    /// <summary>Whether every task starts from the same scores; null is the recipe's.</summary>
    public bool? SharedInitialScores { get; init; }

    /// <summary>"H" or "G"; null is G where there are superfluous outputs.</summary>
    public string? Objective { get; init; }

    /// <summary>Algorithm of task inference.</summary>
    public string Inference { get; init; } = "shortlist";

    /// <summary>Gradient steps of optimised inference; null is the usual number.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Steps { get; init; }

    /// <summary>Size of these steps; null is the usual size.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? StepSize { get; init; }

    /// <summary>Which layers' terms of the gradient are summed.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<LayerSelection>))]
    public LayerSelection Layers { get; init; } = LayerSelection.First;

    /// <summary>How many of the best masks by gradient are run where the gradient is not certain.</summary>
    public int Shortlist { get; init; } = 8;

    /// <summary>The lead above which the gradient is certain, in standard deviations of the masks behind the best.</summary>
    public double CertainAbove { get; init; } = 1;

    /// <summary>Images per inference: the first of each test batch of 128.</summary>
    public int ImagesPerQuery { get; init; } = 1;

    /// <summary>Images per task whose task is inferred one by one at the last checkpoint.</summary>
    public int Queries { get; init; } = 100;

    /// <summary>Seed of weights, tasks and training.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>After how many tasks everything learned is evaluated; empty is about eight points. The last is always all.</summary>
    public ImmutableArray<int> Checkpoints { get; init; } = [];

    /// <summary>NNs: the rule by which batches without task identity get a mask.</summary>
    public string Allocation { get; init; } = "verified";

    /// <summary>NNs, rule verified: how far from chance to its usual accuracy a mask must be on a batch to fit it.</summary>
    public double Fit { get; init; } = Core.Streams.VerifiedAllocation.DefaultFit;

    /// <summary>NNs: largest number of masks that may be allocated; null is no bound.</summary>
    public int? MaskCap { get; init; }

    /// <summary>Method hop: how reservoirs store masks; null is Storkey's rule.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StorageRule? Storage { get; init => field = value == StorageRule.Storkey ? null : value; }

    /// <summary>Method hop: how masks are trained and recovered; null is as the paper's code has it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HopSettings? Hop { get; init; }

    /// <summary>The points at which everything learned is evaluated.</summary>
    [JsonIgnore]
    public ImmutableArray<int> EvaluatedAt =>
        [.. (Checkpoints.IsDefaultOrEmpty ? Enumerable.Range(1, 8)
            .Select(step => Math.Max(1, Tasks * step / 8)) : Checkpoints.Where(at => at < Tasks).Append(Tasks)).Distinct().Order()];

    /// <summary>The recipe with this experiment's changes.</summary>
    public Recipe TrainedBy()
    {
        Recipe recipe = Recipes.Get(Recipe);
        return recipe with
        {
            Batches = Batches ?? recipe.Batches,
            BatchSize = BatchSize ?? recipe.BatchSize,
            LearningRate = LearningRate ?? recipe.LearningRate,
            FirstLayerLearningRate = FirstLayerLearningRate ?? (LearningRate is null ? recipe.FirstLayerLearningRate : null),
            SharedInitialScores = SharedInitialScores ?? recipe.SharedInitialScores,
            RotatedShare = RotatedShare ?? recipe.RotatedShare,
        };
    }

    /// <summary>The mask rule in force.</summary>
    [JsonIgnore]
    public IMaskRule Rule => MaskRules.Get(MaskRule ?? MaskRules.Default);

    /// <summary>The objective in force.</summary>
    /// <param name="classes">Number of real classes.</param>
    public IObjective InfersBy(int classes) => Objectives.Choose(Objective, classes, Outputs);

    /// <summary>What task inference goes by.</summary>
    /// <param name="classes">Number of real classes.</param>
    public InferenceSettings Settings(int classes)
    {
        InferenceSettings settings = new()
        {
            Objective = InfersBy(classes),
            Layers = Layers,
            Rule = new SearchRule { Shortlist = Shortlist, CertainAbove = CertainAbove },
            ImagesPerQuery = ImagesPerQuery,
        };
        return settings with { Steps = Steps ?? settings.Steps, StepSize = StepSize ?? settings.StepSize };
    }

    /// <summary>The same with nothing said of what does not change the masks: runs that are equal in this learn the same masks.</summary>
    internal ExperimentConfig OfMasks() => this with
    {
        Name = "",
        Description = "",
        Tasks = 1,
        Scenario = Scenario == Scenario.NNs ? Scenario.NNs : Scenario.GG,
        Objective = null,
        Inference = Default.Inference,
        Steps = null,
        StepSize = null,
        Layers = Default.Layers,
        Shortlist = Default.Shortlist,
        CertainAbove = Default.CertainAbove,
        ImagesPerQuery = Default.ImagesPerQuery,
        Queries = Default.Queries,
        Checkpoints = [],
        Allocation = Default.Allocation,
        Fit = Default.Fit,
        MaskCap = null,
    };

    /// <summary>The same with as many tasks as the data have, where that are fewer; data that have none stay for the run to
    /// refuse.</summary>
    /// <param name="dataset">The data.</param>
    public ExperimentConfig Within(Dataset dataset) =>
        TaskFamilies.Get(Family).Tasks(dataset) is > 0 and int most && most < Tasks ? this with { Tasks = most } : this;

    /// <summary>Checks every name and number.</summary>
    /// <returns>This experiment.</returns>
    /// <exception cref="ArgumentException">A value is out of range, a name unknown, or two do not go together.</exception>
    public ExperimentConfig Validated()
    {
        Require(Tasks >= 1, $"tasks must be at least 1, not {Tasks}");
        Require(Outputs >= 2, $"outputs must be at least 2, not {Outputs}");
        Require(Shortlist >= 1, $"the shortlist must be at least 1, not {Shortlist}");
        Require(CertainAbove >= 0, $"certainAbove must not be negative, not {CertainAbove}");
        Require(ImagesPerQuery is >= 1 and <= 128, $"imagesPerQuery must be 1 to 128, not {ImagesPerQuery}");
        Require(Queries >= 0, $"queries must not be negative, not {Queries}");
        Require(Fit is > 0 and <= 1, $"fit must be above 0 and at most 1, not {Fit}");
        Require(MaskCap is null or >= 1, $"the mask cap must be at least 1, not {MaskCap}");
        Require(Checkpoints.IsDefault || Checkpoints.All(at => at >= 1), "checkpoints must be at least 1");
        Plans.Check(Network);
        Require(
            !Transfer || (Method == "supsup" && Scenario != Scenario.NNs),
            "transfer passes scores on between tasks that are given in training, which "
                + $"{(Method == "supsup" ? "scenario NNs" : $"method {Method}")} has not; leave "
                + "out --transfer, or use scenario GG, GNs or GNu with method supsup");
        _ = Rule;
        Require(
            Method == HopMethod || (Hop is null && Storage is null),
            $"method {Method} has no reservoirs; leave out the storage, or use method {HopMethod}");
        if (Method == HopMethod)
        {
            CheckHop();
        }
        else if (Method != "supsup")
        {
            _ = Rivals.Get(Method);
            bool hasVectors = Method == "batche";
            Require(
                Scenario == Scenario.GG || (hasVectors && Scenario == Scenario.GNu && Inference == "one-shot"),
                $"method {Method} needs the task to be given; use scenario GG"
                    + (hasVectors ? ", or GNu with inference one-shot" : ""));
            Require(MaskRule is null, $"method {Method} has no masks; leave out the mask rule {MaskRule}");
        }

        _ = TaskFamilies.Get(Family);
        Recipe recipe = TrainedBy().Validated();
        Require(!recipe.ChoosesExamples || (Method == "supsup" && Scenario != Scenario.NNs),
            $"recipe {recipe.Name} chooses among a task's examples, which neither rivals nor the scenario NNs do; use fast or best");
        Require(!recipe.VariesImages || Scenario != Scenario.NNs,
            $"recipe {recipe.Name} varies images, which the scenario NNs does not; use fast or best without --rotated-share");
        Require(
            recipe.RotatedShare == 0 || Method == "supsup",
            $"method {Method} has no outputs for turned images; leave out --rotated-share");
        Require(!Transfer || recipe.ValidationShare == 0 || recipe.TrainsAgain,
            $"recipe {recipe.Name} keeps the best mask so far and not its scores, which transfer passes on; use one without validation");
        ITaskInference inference = TaskInferences.Get(Inference);
        Require((Steps is null && StepSize is null) || inference is OptimizedInference,
            $"inference {Inference} takes no gradient steps; leave out their number and size, or use inference optimized");
        Require(Steps is null or >= 1, $"steps must be at least 1, not {Steps}");
        Require(StepSize is null or (> 0 and < double.PositiveInfinity), $"the step size must be above 0, not {StepSize}");
        _ = AllocationRules.Get(Allocation);
        if (Objective is not null) _ = Objectives.Get(Objective);
        return this;
    }

    // Its masks are of gains, trained and found in their own way; what says how others are would be without effect.
    private void CheckHop()
    {
        Require(
            Scenario == Scenario.GNs,
            $"method {HopMethod} infers masks and counts right classes, whatever the mask; use scenario GNs");
        (string Name, bool Given)[] others =
        [
            ("a mask rule", MaskRule is not null), ("batches", Batches is not null), ("a batch size", BatchSize is not null),
            ("a learning rate", (LearningRate ?? FirstLayerLearningRate) is not null),
            ("initial scores", SharedInitialScores is not null), ("a share of turned images", RotatedShare is not null),
        ];
        foreach ((string name, bool given) in others)
            Require(!given, $"method {HopMethod} trains by the settings under hop of its configuration; leave out {name}");
        Plans.Check(Network);
        try
        {
            _ = (Hop ?? new()).Training.Validated();
            _ = (Hop ?? new()).Recovery.Validated();
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"experiment '{Name}': {e.Message}", e);
        }
    }

    private void Require(bool holds, string message)
    {
        if (!holds) throw new ArgumentException($"experiment '{Name}': {message}");
    }

    /// <inheritdoc/>
    public bool Equals(ExperimentConfig? other) => other is not null && ConfigJson.Write(this) == ConfigJson.Write(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ConfigJson.Write(this).GetHashCode(StringComparison.Ordinal);
}
