using SupSup.Core.Datasets;
using SupSup.Core.Masks;
using SupSup.Core.Networks;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Data.Examples;
using SupSup.Data.Formats;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Models;

namespace SupSup.Grains.Data;

/// <summary>The model that suits data of a kind that no model was made for yet.</summary>
public static class FittingModel
{
    /// <summary>The network, unless another is chosen.</summary>
    public const string Network = "lenet-300-100";

    /// <summary>The recipe of networks over pictures.</summary>
    public const string PictureRecipe = "own-pictures";

    /// <summary>Outputs, at least: there are more than any task has classes.</summary>
    public const int FewestOutputs = 100;

    // Pictures of several sizes, or larger ones, are made of this side: more inputs make a dense network slow, and no better.
    private const int PictureSide = 32;
    private const int MostPixels = 64 * 64;

    /// <summary>How data are read best: pictures of a size that suits, and equally bright, since tasks are to be told apart by what they
    /// show.</summary>
    /// <param name="address">The data, with what is chosen.</param>
    /// <returns>The address, and what a user should know of it; null for nothing.</returns>
    /// <exception cref="DatasetException">A picture is damaged.</exception>
    public static (DatasetAddress Address, string? Remark) Suitable(DatasetAddress address)
    {
        if (!DatasetFiles.IsPictureFolder(address.Path)) return (address, null);
        if (address.Text("stream") != "yes") address = address.Completed("levels=even");
        if (address.Options.Contains("size") || PictureReader.Sizes(address.Path) is not var (rows, columns, isOneSize)
            || (isOneSize && rows * columns <= MostPixels))
            return (address, null);
        string sizes = isOneSize ? $"of {rows} x {columns} pixels" : "of several sizes";
        return (
            address.Completed($"size={PictureSide}"),
            $"the pictures are {sizes}; scaled to {PictureSide} x {PictureSide}; to change that: '?size=48'");
    }

    /// <summary>The model.</summary>
    /// <param name="dataset">Data of its first task.</param>
    /// <param name="classes">How many classes that task has.</param>
    /// <param name="stretch">Whether pictures are stretched to the shape.</param>
    /// <param name="network">What <see cref="Plans.Of(string, PlaneShape, int)"/> reads: name or hidden sizes, or steps over pictures;
    /// null for <see cref="Network"/>.</param>
    /// <param name="outputs">Outputs; null for those that the network says or else twice the classes, and <see cref="FewestOutputs"/>
    /// at least.</param>
    /// <param name="seed">Seed of the fixed weights.</param>
    /// <param name="storage">Where masks are, see <see cref="ModelSpec.Storage"/>.</param>
    /// <exception cref="ArgumentException">There is no such network, or it does not take such data.</exception>
    public static ModelSpec Of(
        Dataset dataset, int classes, bool stretch = false, string? network = null, int? outputs = null, ulong seed = 1,
        string? storage = null)
    {
        network ??= storage is null ? Network : Flat(dataset.Shape) + ReservoirModels.Network;
        int all = outputs ?? Plans.OutputsOf(network) ?? Math.Max(FewestOutputs, 2 * classes);
        NetworkPlan plan = Plans.Of(network, Planes(dataset.Shape), all);
        ClassificationTask.CheckFits(dataset.Shape, plan);
        return new()
        {
            Plan = plan.ToString(),
            Inputs = dataset.Shape.Length,
            Outputs = all,
            Classes = classes,
            Seed = seed,
            MaskRule = storage is null ? MaskRules.DefaultOf(plan) : MaskRules.Default,
            Storage = storage,
            InputFormat = WireFormats.Of(dataset, stretch),
        };
    }

    /// <summary>The recipe that suits a task's data, unless another is chosen.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="data">The task's data; null where batches are submitted.</param>
    /// <returns>Its name; null for that of <see cref="TrainingOrder.Recipe"/>.</returns>
    public static string? Recipe(ModelSpec spec, TaskData? data) =>
        spec.HasReservoir ? TrainingOrder.Gains
            : data is { IsAsTheyAre: true } && spec.InputFormat is not { IsImages: false } && !Plans.Parse(spec.Plan).IsDense
            ? PictureRecipe : null;

    private static string Flat(ExampleShape shape) => shape is ExampleShape.Pixels ? "flatten-" : "";

    private static PlaneShape Planes(ExampleShape shape) => shape is ExampleShape.Pixels pixels
        ? new(pixels.Channels, pixels.Rows, pixels.Columns) : PlaneShape.Vector(shape.Length);
}
