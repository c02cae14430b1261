using System.Globalization;
using Microsoft.AspNetCore.Http;
using SupSup.Core.Datasets;
using SupSup.Data.Examples;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Http;

namespace SupSup.Silo.OpenInference;

/// <summary>Requests to infer whose body is a file: a picture, a table or an array, of a model that says what its inputs are.</summary>
internal static class FileInputs
{
    /// <summary>Makes a request of a file; its parameters are those of the address, and <c>outputs</c> names outputs with commas
    /// between.</summary>
    /// <param name="type">The file's media type, one of <see cref="FileTypes"/>.</param>
    /// <param name="content">The file.</param>
    /// <param name="query">The parameters of the address.</param>
    /// <param name="format">What the model's inputs are.</param>
    /// <param name="mostRows">Rows at most.</param>
    /// <exception cref="SupSupException">InvalidRequest: the file does not fit the model, or a parameter is invalid.</exception>
    public static InferRequest Read(string type, byte[] content, IQueryCollection query, InputFormat format, int mostRows)
    {
        try
        {
            (string datatype, float[] values) = Values(type, content, format, mostRows);
            int inputs = format.Shape.Aggregate(1, (product, side) => product * side);
            Dictionary<string, object> parameters = query.Where(pair => pair.Key != "outputs" && !InferParameters.IsHint(pair.Key))
                .ToDictionary(pair => pair.Key, pair => Parameter(pair.Value.ToString()));
            bool isBinary = parameters.TryGetValue("binary_data_output", out object? wish) && wish is true;
            return new InferRequest
            {
                Inputs = [new InferTensor(ModelTensors.Input, datatype, [values.Length / inputs, inputs], values)],
                Parameters = parameters,
                BinaryOutputs = isBinary,
                Outputs =
                [
                    .. query["outputs"].ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                        .Select(name => new RequestedOutput(name, isBinary)),
                ],
            };
        }
        catch (DatasetException e)
        {
            throw Invalid(e.Message);
        }
    }

    /// <summary>What the inputs are of a model that does not say it, by how its tasks were normalised: square images, or numbers without
    /// names.</summary>
    /// <param name="inputs">The network's input size.</param>
    /// <param name="common">What all tasks share; null for nothing.</param>
    /// <returns>Null where nothing is likely.</returns>
    public static InputFormat? Likely(int inputs, PixelNormalization? common)
    {
        if (common is null) return null;
        if (common.Numbers) return new() { Shape = [inputs], Normalization = common };
        int side = (int)Math.Round(Math.Sqrt(inputs / (double)common.Means.Length));
        return common.Means.Length is 1 or 3 && common.Means.Length * side * side == inputs
            ? new() { Shape = [common.Means.Length, side, side], Normalization = common }
            : null;
    }

    private static (string Datatype, float[] Values) Values(string type, byte[] content, InputFormat format, int mostRows)
    {
        const string name = "the body";
        string ending = FileTypes.Ending(type);
        bool isPicture = type.StartsWith("image/", StringComparison.OrdinalIgnoreCase);
        if (isPicture && !format.IsImages) throw Invalid($"a picture was sent, but the model takes {format.ShapeText}; send text/csv");
        if (format.IsImages)
        {
            ExampleShape.Pixels shape = new(format.Shape[0], format.Shape[1], format.Shape[2]);
            if (!isPicture && !IsArray() && TableRows.Width(name, content, ending) != shape.Length)
                throw Invalid($"the model takes pictures of {format.ShapeText}; {name} is a table");
            float[] levels = isPicture
                ? [.. PictureReader.Read(name, content, shape, format.Stretch).Select(level => (float)level)]
                : IsArray() ? NumpyRows.Read(name, content, shape) : TableRows.Read(name, content, shape.Length, [], mostRows, ending);
            int at = Array.FindIndex(levels, level => !(level is >= 0 and <= 255));
            return at < 0 ? ("UINT8", levels) : throw Invalid($"{name} has {levels[at]}, which is no level of 0 to 255");
        }

        int width = format.Shape[0];
        float[] numbers = IsArray()
            ? NumpyRows.Read(name, content, new ExampleShape.Vector(width))
            : TableRows.Read(name, content, width, format.Names, mostRows, ending);
        return ("FP32", format.Normalization.ApplyToNumbers(numbers, numbers.Length / width).Values);

        bool IsArray() => type.Equals("application/x-npy", StringComparison.OrdinalIgnoreCase);
    }

    private static object Parameter(string value) =>
        long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? whole
        : double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
        : bool.TryParse(value, out bool flag) ? flag
        : value;

    private static SupSupException Invalid(string message) => new(SupSupError.InvalidRequest, message);
}
