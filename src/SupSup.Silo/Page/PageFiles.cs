using System.Collections.Frozen;
using System.IO.Compression;
using System.IO.Hashing;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using SupSup.Silo.Http;

namespace SupSup.Silo.Page;

/// <summary>
/// The web page: static files that are part of the program. Anyone may load them, they say nothing; what the page shows it asks
/// the management interface for, as the user that it is given a key of.
/// </summary>
internal static class PageFiles
{
    private const string Root = "wwwroot/";

    // No script, style or picture but the page's own, and no page around it.
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
            + "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly FrozenDictionary<string, PageFile> Files = Load();

    /// <summary>Answers with a file where there is one at the path.</summary>
    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        string path = context.Request.Path.Value ?? "/";
        if (HttpMethods.IsOptions(context.Request.Method) && Files.ContainsKey(path == "/" ? "/index.html" : path))
            return HeadAndOptions.AnswerAsync(context, HttpMethods.Get);
        bool isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        return isRead
            && Files.TryGetValue(path == "/" ? "/index.html" : path, out PageFile? file) ? WriteAsync(context, file) : next(context);
    }

    private static Task WriteAsync(HttpContext context, PageFile file)
    {
        HttpResponse response = context.Response;
        (string? encoding, byte[] content) = file.Encoded(context.Request.Headers.AcceptEncoding.ToString());
        response.Headers.ETag = file.Tag;
        response.Headers.Vary = "Accept-Encoding";
        response.Headers.CacheControl = "no-cache"; // it is asked again whether there is a newer one, which a new silo may have
        response.Headers.ContentSecurityPolicy = ContentPolicy;
        if (context.Request.Headers.IfNoneMatch.Contains(file.Tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.ContentType = file.ContentType;
        response.ContentLength = content.Length;
        if (encoding is not null) response.Headers.ContentEncoding = encoding;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(
            content, 0, content.Length, context.RequestAborted);
    }

    private static FrozenDictionary<string, PageFile> Load()
    {
        Assembly assembly = typeof(PageFiles).Assembly;
        FileExtensionContentTypeProvider types = new();
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Root, StringComparison.Ordinal)).ToFrozenDictionary(
            name => name[(Root.Length - 1)..].Replace('\\', '/'),
            name =>
            {
                using Stream stream = assembly.GetManifestResourceStream(name)!;
                byte[] content = new byte[stream.Length];
                stream.ReadExactly(content);
                string type = types.TryGetContentType(name, out string? known) ? known : "application/octet-stream";
                return new PageFile(content, type.StartsWith("text/", StringComparison.Ordinal)
                    ? $"{type}; charset=utf-8"
                    : type, $"W/\"{XxHash64.HashToUInt64(content):x16}\"");
            },
            StringComparer.Ordinal);
    }

    /// <summary>A file, packed once it is first asked for so. Its tag is weak: that of all its encodings.</summary>
    private sealed record PageFile(byte[] Content, string ContentType, string Tag)
    {
        private readonly Lazy<byte[]> _brotli = new(
            () => Packed(Content, target => new BrotliStream(target, CompressionLevel.SmallestSize)));
        private readonly Lazy<byte[]> _gzip = new(
            () => Packed(Content, target => new GZipStream(target, CompressionLevel.SmallestSize)));

        public (string? Encoding, byte[] Content) Encoded(string accepted) =>
            accepted.Contains("br", StringComparison.OrdinalIgnoreCase) ? ("br", _brotli.Value)
            : accepted.Contains("gzip", StringComparison.OrdinalIgnoreCase) ? ("gzip", _gzip.Value)
            : (null, Content);

        private static byte[] Packed(byte[] content, Func<Stream, Stream> open)
        {
            using MemoryStream target = new();
            using (Stream packing = open(target)) packing.Write(content);
            return target.ToArray();
        }
    }
}
