//! Errors and their texts.

/// Makes a type an error that says, in each of its forms, this text.
macro_rules! says {
    ($error:ty { $($form:pat => $text:literal,)+ }) => {
        impl std::error::Error for $error {}
        $crate::base::says::says!(only $error { $($form => $text,)+ });
    };
    (only $error:ty { $($form:pat => $text:literal,)+ }) => {
        impl std::fmt::Display for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $($form => write!(f, $text),)+
                }
            }
        }
    };
}

pub(crate) use says;
