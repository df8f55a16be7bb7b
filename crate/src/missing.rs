//! Words for a component that imports what is not there: the import's name and the type it wants.

use wasmtime::component::Component;
use wasmtime::component::types::{ComponentFunc, ComponentItem, Type};
use wasmtime::{Engine, Error, format_err};

/// Wasmtime's error names the import and, for an interface, the item in it; this adds the item's type.
pub fn explain(engine: &Engine, component: &Component, error: Error) -> Error {
    let words = format!("{error:#}");
    let named = |name: &str| words.contains(&format!("`{name}`"));
    let ty = component.component_type();

    for (name, import) in ty.imports(engine).filter(|(name, _)| named(name)) {
        match import.ty {
            ComponentItem::ComponentFunc(func) => {
                return format_err!("{words}; it wants '{name}: {}'", func_text(&func));
            }
            ComponentItem::ComponentInstance(instance) => {
                for (item, export) in instance.exports(engine).filter(|(item, _)| named(item)) {
                    if let ComponentItem::ComponentFunc(func) = export.ty {
                        return format_err!("{words}; it wants '{name}#{item}: {}'", func_text(&func));
                    }
                }
            }
            _ => {}
        }
    }
    error
}

fn func_text(func: &ComponentFunc) -> String {
    let params: Vec<_> = func.params().map(|(name, ty)| format!("{name}: {}", type_text(&ty))).collect();
    let results: Vec<_> = func.results().map(|ty| format!(" -> {}", type_text(&ty))).collect();
    format!("func({}){}", params.join(", "), results.concat())
}

/// As WIT writes it; the names of records, variants and resources are not in a component.
fn type_text(ty: &Type) -> String {
    let option = |ty: Option<Type>| ty.map_or("_".to_string(), |ty| type_text(&ty));
    match ty {
        Type::Bool => "bool".into(),
        Type::S8 => "s8".into(),
        Type::U8 => "u8".into(),
        Type::S16 => "s16".into(),
        Type::U16 => "u16".into(),
        Type::S32 => "s32".into(),
        Type::U32 => "u32".into(),
        Type::S64 => "s64".into(),
        Type::U64 => "u64".into(),
        Type::Float32 => "f32".into(),
        Type::Float64 => "f64".into(),
        Type::Char => "char".into(),
        Type::String => "string".into(),
        Type::List(list) => format!("list<{}>", type_text(&list.ty())),
        Type::Tuple(tuple) => {
            let types: Vec<_> = tuple.types().map(|ty| type_text(&ty)).collect();
            format!("tuple<{}>", types.join(", "))
        }
        Type::Option(some) => format!("option<{}>", type_text(&some.ty())),
        Type::Result(result) => format!("result<{}, {}>", option(result.ok()), option(result.err())),
        Type::Map(_) => "map".into(),
        Type::Record(_) => "record".into(),
        Type::Variant(_) => "variant".into(),
        Type::Enum(_) => "enum".into(),
        Type::Flags(_) => "flags".into(),
        Type::Own(_) => "resource".into(),
        Type::Borrow(_) => "borrow<resource>".into(),
        Type::Future(_) => "future".into(),
        Type::Stream(_) => "stream".into(),
        Type::ErrorContext => "error-context".into(),
        Type::FixedLengthList(list) => format!("list<{}>", type_text(&list.ty())),
    }
}
