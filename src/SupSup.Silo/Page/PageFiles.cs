using System.Collections.Frozen;
using System.IO.Hashing;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;

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
        bool isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        return isRead
            && Files.TryGetValue(path == "/" ? "/index.html" : path, out PageFile? file) ? WriteAsync(context, file) : next(context);
    }

    private static Task WriteAsync(HttpContext context, PageFile file)
    {
        HttpResponse response = context.Response;
        response.Headers.ETag = file.Tag;
        response.Headers.CacheControl = "no-cache"; // it is asked again whether there is a newer one, which a new silo may have
        response.Headers.ContentSecurityPolicy = ContentPolicy;
        response.Headers["Referrer-Policy"] = "no-referrer";
        if (context.Request.Headers.IfNoneMatch.Contains(file.Tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.ContentType = file.ContentType;
        response.ContentLength = file.Content.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(
            file.Content, 0, file.Content.Length, context.RequestAborted);
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
                    : type, $"\"{XxHash64.HashToUInt64(content):x16}\"");
            },
            StringComparer.Ordinal);
    }

    private sealed record PageFile(byte[] Content, string ContentType, string Tag);
}
