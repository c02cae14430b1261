using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using SupSup.Core.Datasets;
using SupSup.Data.Formats;
using SupSup.Data.Sent;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Sent;
using SupSup.Silo.Http;
using SupSup.Silo.Security;

namespace SupSup.Silo.Management;

/// <summary>Data that callers send: kept for a task, to be trained on by any silo, or only looked at.</summary>
internal static class DataEndpoints
{
    private const int HeadBytes = 512;

    // A part, the copy of it that is kept, and what is written.
    private const long UploadBytes = 3 * SentDataLimits.PartBytes;

    private const string Digest = "Content-Digest";

    // Programs send files under any type, some under that of forms.
    private const string AnyType = "*/*";

    /// <summary>Adds the endpoints.</summary>
    public static void MapData(this RouteGroupBuilder group)
    {
        RouteGroupBuilder data = group.MapGroup("models/{model}/tasks/{task:int}/data").RequireAuthorization(Roles.Trainer);
        data.MapPut("", PutAsync).TakesMemory(weight: 0, UploadBytes).Accepts<byte[]>(AnyType).WithSummary(
            "Sends data of a task: a zip or tar of what a folder could have, a table, or arrays; in one or, by part, in several requests");
        data.MapPost("complete", CompleteAsync).WithSummary("Makes data of the parts that were sent");
        data.MapGet("", GetAsync).WithSummary("The data that were sent for a task");
        data.MapDelete("", DeleteAsync).WithSummary("Deletes the data that were sent for a task; what was learned from them stays");
        group.MapPost("inspection", InspectAsync).ForLimited().RequireAuthorization(Roles.Trainer)
            .TakesMemory(weight: 0, UploadBytes).Accepts<byte[]>(AnyType)
            .WithSummary("Reads data, keeps nothing, and says what they are, how a model takes them and which new model would suit");
    }

    private static async Task<IResult> PutAsync(
        string model, int task, [FromQuery] string? file, [FromQuery] int? part, IGrainFactory grains, HttpRequest request,
        CancellationToken cancellationToken)
    {
        ITaskDataGrain grain = grains.TaskData(model, task);
        await grains.Coordinator(model).GetSpecAsync(cancellationToken);
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        byte[] buffer = new byte[SentDataLimits.PartBytes];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (part is { } number)
        {
            int read = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            if (await request.Body.ReadAsync(new byte[1], cancellationToken) > 0)
                throw Invalid($"part {number} has more than {SentDataLimits.PartBytes:N0} bytes; cut the data smaller");
            CheckDigest(request, SHA256.HashData(buffer.AsSpan(0, read)));
            return TypedResults.Ok(await grain.PutPartAsync(number, buffer[..read], cancellationToken));
        }

        try
        {
            return TypedResults.Ok(new KeptData(await StoreAsync(grain, file, request, buffer, hash, cancellationToken)));
        }
        catch
        {
            await grain.DiscardDraftAsync(CancellationToken.None); // or it would count as the model's data
            throw;
        }
    }

    private static async Task<SentData> StoreAsync(
        ITaskDataGrain grain, string? file, HttpRequest request, byte[] buffer, IncrementalHash hash, CancellationToken cancellationToken)
    {
        string ending = "";
        int parts = 0;
        for (bool isLast = false; !isLast; parts++)
        {
            int read = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            isLast = read < buffer.Length;
            if (parts == 0)
            {
                if (read == 0) throw Invalid("the body is empty; send the data");
                ending = EndingOf(file, request.ContentType, buffer.AsSpan(0, Math.Min(read, HeadBytes)));
            }

            if (read == 0) break;
            hash.AppendData(buffer, 0, read);

            // A copy: the grain may be in this process, and keeps what it is given.
            await grain.PutPartAsync(parts, buffer[..read], cancellationToken);
        }

        byte[] digest = hash.GetHashAndReset();
        CheckDigest(request, digest);
        return await grain.CompleteAsync(parts, Convert.ToHexStringLower(digest), ending, cancellationToken);
    }

    private static async Task<KeptData> CompleteAsync(
        string model, int task, Completion order, IGrainFactory grains, CancellationToken cancellationToken)
    {
        string ending = EndingOf(order.File, null, []);
        return new KeptData(await grains.TaskData(model, task).CompleteAsync(order.Parts, order.Checksum, ending, cancellationToken));
    }

    private static async Task<KeptData> GetAsync(string model, int task, IGrainFactory grains, CancellationToken cancellationToken)
    {
        await grains.Coordinator(model).GetSpecAsync(cancellationToken);
        return await grains.TaskData(model, task).DescribeAsync(cancellationToken) is { } data
            ? new KeptData(data)
            : throw new SupSupException(SupSupError.NotFound, $"no data were sent for task {model}/{task}; send them by PUT");
    }

    private static async Task<IResult> DeleteAsync(string model, int task, IGrainFactory grains, CancellationToken cancellationToken)
    {
        await grains.Coordinator(model).GetSpecAsync(cancellationToken);
        await grains.TaskData(model, task).DeleteAsync(cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<InspectedData> InspectAsync(
        [FromQuery] string? file, [FromQuery] string? options, [FromQuery] string? model, [FromQuery] string? network,
        IGrainFactory grains, SentDataArchive archive, ModelNames names, CallerLimits limits, HttpRequest request,
        CancellationToken cancellationToken)
    {
        if (model is not null) model = await names.KeyOfAsync(model, limits, cancellationToken);
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = archive.MostBytes;
        InputFormat? format = model is null ? null : (await grains.Coordinator(model).GetSpecAsync(cancellationToken)).InputFormat;
        byte[] head = new byte[HeadBytes];
        int read = await request.Body.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        if (read == 0) throw Invalid("the body is empty; send the data");
        string ending = EndingOf(file, request.ContentType, head.AsSpan(0, read));
        DatasetAddress? taken = null;
        List<string> remarks = [];
        try
        {
            Dataset dataset = await archive.UnpackedAsync(
                async target =>
                {
                    await target.WriteAsync(head.AsMemory(0, read), cancellationToken);
                    await request.Body.CopyToAsync(target, cancellationToken);
                },
                ending,
                path =>
                {
                    DatasetAddress address = DatasetAddress.Of(path, options ?? "");
                    if (format is not null) return taken = format.AsTaken(address);
                    (taken, string? remark) = FittingModel.Suitable(address);
                    if (remark is not null) remarks.Add(remark);
                    return taken;
                },
                string.IsNullOrEmpty(file) ? $"the data{ending}" : file);
            if (format is not null) dataset = format.Fit(dataset, $"model {model}");
            remarks.AddRange(dataset.Remarks);
            return new InspectedData(
                ending, taken!.OptionsText, dataset.Checksum, WireFormats.Of(dataset).Shape, dataset.Train.Count, dataset.Test.Count,
                dataset.Classes, dataset.ClassNames, remarks,
                format is null
                    ? SupSupException.Checked(
                        () => FittingModel.Of(dataset, dataset.Classes, taken.Text("fit") == "stretch", network))
                    : null);
        }
        catch (DatasetException e)
        {
            throw Invalid(e.Message);
        }
    }

    private static string EndingOf(string? file, string? type, ReadOnlySpan<byte> head)
    {
        try
        {
            return SentFile.EndingOf(file, type?.Split(';')[0].Trim(), head);
        }
        catch (DatasetException e)
        {
            throw Invalid(e.Message);
        }
    }

    // RFC 9530. What does not arrive as it was sent is not taken.
    private static void CheckDigest(HttpRequest request, byte[] found)
    {
        const string Start = "sha-256=:";
        string told = request.Headers[Digest].ToString();
        int at = told.IndexOf(Start, StringComparison.OrdinalIgnoreCase);
        if (at < 0) return;
        string value = told[(at + Start.Length)..].Split(':')[0];
        if (value != Convert.ToBase64String(found))
            throw Invalid($"the body has the SHA-256 {Convert.ToBase64String(found)}, not {value} as {Digest} says; send it again");
    }

    private static SupSupException Invalid(string message) => new(SupSupError.InvalidRequest, message);

    internal sealed record Completion(int Parts, string Checksum, string File);

    internal sealed record KeptData(string Dataset, string Ending, long Bytes, string Checksum, int Parts)
    {
        public KeptData(SentData data) : this(data.Dataset, data.Ending, data.Bytes, data.Checksum, data.Parts.Length)
        {
        }
    }

    internal sealed record InspectedData(
        string Ending, string Options, string Checksum, IReadOnlyList<int> Shape, int Train, int Test, int Classes,
        IReadOnlyList<string>? ClassNames, IReadOnlyList<string> Remarks, ModelSpec? Suitable);
}
